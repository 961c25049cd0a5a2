import EnsembleKind
import Experiments
import Foundation
import PlumblineTesting
import Recipes
import Service
import Synchronization
import Testing

/// Whose members start first.
@Suite(.timeLimit(.minutes(2))) struct PriorityTests {
    private func request(seed: UInt64, priority: Int?) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 1
        request.training.seed = seed
        request.priority = priority
        return request
    }

    @Test func higherPrioritiesGoFirstAndEqualOnesInOrder() async throws {
        let isFirst = Mutex(true)
        // The first worker holds the only slot until its job is cancelled.
        let bench = Bench(
            FakeLauncher { _, _ in
                isFirst.withLock { first in
                    defer { first = false }
                    return first ? .hang : .succeed
                }
            }
        )
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open(slots: 1)
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let holder = try await experiments.submit(request(seed: 1, priority: 100))
        await bench.launcher.started(1)
        var jobs: [JobSummary] = []
        for (seed, priority) in [(2, nil), (3, 0), (4, -1), (5, 2), (6, 1)] as [(UInt64, Int?)] {
            jobs.append(try await experiments.submit(request(seed: seed, priority: priority)))
        }
        #expect(jobs.map(\.priority) == [0, 0, -1, 2, 1])
        var positions: [Int?] = []
        for job in jobs { positions.append(try await experiments.job(job.id)?.queuePosition) }
        #expect(positions == [3, 4, 5, 1, 2])
        #expect(try await experiments.cancel(holder))
        var owner: [String: Int] = [:]
        for (place, job) in jobs.enumerated() {
            #expect(try await experiments.finished(job.id).state == .succeeded)
            for member in try await experiments.members(of: job) { owner[member.key] = place }
        }
        let order = bench.launcher.workerStarts.compactMap { owner[$0.key] }
        #expect(order == [3, 3, 4, 4, 0, 0, 1, 1, 2, 2])
        await experiments.stop()
    }
}
