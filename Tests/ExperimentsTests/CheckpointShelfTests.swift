import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Testing

/// What becomes of the checkpoints that ended attempts leave.
@Suite(.timeLimit(.minutes(2))) struct CheckpointShelfTests {
    private var request: DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 1
        return request
    }

    private func kept(_ bench: Bench) throws -> [String] { try Files.live.list("\(bench.root)/checkpoints") }

    /// A job on a bench whose workers behave like this, run to its end.
    private func finished(_ bench: Bench, files: Files = .live) async throws -> JobSummary {
        let experiments = try bench.open(files: files)
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request).id)
        await experiments.stop()
        return job
    }

    @Test func aRetryIsGivenTheNewestCheckpointAndASuccessLeavesNone() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in
                switch (index, attempt) {
                case (0, 1): .checkpoint(then: .killed)
                case (0, 2): .interrupted
                default: .checkpoint(then: .succeed)
                }
            }
        )
        #expect(try await finished(bench).state == .succeeded)
        #expect(bench.launcher.checkpointsGiven == ["0.2": "0.1", "0.3": "0.1"])
        #expect(try kept(bench) == [])
        for key in try Files.live.list("\(bench.root)/members") {
            #expect(!Files.live.exists("\(bench.root)/members/\(key)/checkpoint"))
        }
    }

    /// However often: a worker that was asked to stop has not failed.
    @Test func anInterruptedMemberGoesOnAndHasNotFailed() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in index == 0 && attempt < 6 ? .checkpoint(then: .interrupted) : .succeed }
        )
        #expect(try await finished(bench).state == .succeeded)
        #expect(
            bench.launcher.checkpointsGiven == ["0.2": "0.1", "0.3": "0.2", "0.4": "0.3", "0.5": "0.4", "0.6": "0.5"]
        )
    }

    @Test func aMemberThatIsGivenUpLeavesNone() async throws {
        let bench = Bench(FakeLauncher { index, _ in index == 0 ? .checkpoint(then: .exit(65, "torn")) : .succeed })
        #expect(try await finished(bench).state == .failed)
        #expect(try kept(bench) == [])
    }

    @Test func aRestartGoesOnFromIt() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in index == 1 && attempt == 1 ? .checkpoint(then: .hang) : .succeed }
        )
        var id = ""
        do {
            let first = try bench.open()
            try await first.start()
            _ = try await first.add(Bench.upload())
            id = try await first.submit(request).id
            await bench.launcher.started(2)
            await first.stop()
        }
        #expect(try kept(bench).count == 1)
        // What belongs to nobody goes at the next start.
        try Files.live.write([1], to: "\(bench.root)/checkpoints/unknown")
        let again = try bench.open()
        try await again.start()
        #expect(try await again.finished(id).state == .succeeded)
        await again.stop()
        #expect(bench.launcher.checkpointsGiven == ["1.2": "1.1"])
        #expect(try kept(bench) == [])
    }

    /// kill -9 before the service could do anything about an attempt: its checkpoint is still in the task folder.
    @Test func aKilledServiceFindsItInTheTaskFolder() async throws {
        let bench = Bench(FakeLauncher { index, attempt in index == 1 && attempt == 1 ? .hang : .succeed })
        let first = try bench.open()
        try await first.start()
        _ = try await first.add(Bench.upload())
        let id = try await first.submit(request).id
        // Nothing is written to the store any more once the other member's columns are there.
        _ = try await first.job(id) { $0.revisionMembers == 1 }
        // A copy of the folder as a killed service leaves it: the member is running in the store, and no one stopped.
        let start = try #require(bench.launcher.workerStarts.first { $0.index == 1 })
        try Files.live.write(Array("1.1".utf8), to: "\(bench.root)/tasks/\(start.key).1/checkpoint")
        let killed = Bench(FakeLauncher())
        try FileManager.default.copyItem(atPath: bench.root, toPath: killed.root)
        await first.stop()
        let again = try killed.open()
        try await again.start()
        #expect(try await again.finished(id).state == .succeeded)
        await again.stop()
        #expect(killed.launcher.checkpointsGiven == ["1.2": "1.1"])
        #expect(try Files.live.list("\(killed.root)/tasks") == [])
        #expect(try kept(killed) == [])
    }

    @Test func cancellingTheLastJobThatWaitsRemovesIt() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in attempt == 1 ? .checkpoint(then: index == 0 ? .hang : .killed) : .hang }
        )
        // Every file and folder that is about to be removed.
        let (removals, continuation) = AsyncStream<String>.makeStream()
        let watcher = FaultInjector { call in
            if ["unlink", "rmdir"].contains(call.operation) { continuation.yield(call.path) }
            return nil
        }
        let experiments = try bench.open(files: Files(faults: watcher))
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let first = try await experiments.submit(request)
        let second = try await experiments.submit(request)
        // The second attempt at the member that was killed is given what the first one left.
        await bench.launcher.started(3)
        _ = try await experiments.cancel(first)
        #expect(try kept(bench).count >= 1)
        _ = try await experiments.cancel(second)
        // The task folder of an attempt goes once the store knows its end, and after that what it left.
        let running = bench.launcher.workerStarts.filter { $0.index == 0 || $0.attempt == 2 }
        var awaited = Set(
            running.flatMap {
                ["\(bench.root)/tasks/\($0.key).\($0.attempt)", "\(bench.root)/checkpoints/\($0.key)"]
            }
        )
        #expect(awaited.count == 4)
        for await path in removals {
            awaited.remove(path)
            if awaited.isEmpty { break }
        }
        #expect(try await experiments.counts().members["running"] == nil)
        await experiments.stop()
        #expect(try kept(bench) == [])
    }

    /// A checkpoint that cannot be kept costs time and fails nobody.
    @Test func aDiskThatRefusesCostsOnlyTheCheckpoint() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in index == 0 && attempt == 1 ? .checkpoint(then: .killed) : .succeed }
        )
        let files = Files(
            faults: FaultInjector { $0.operation == "rename" && $0.path.contains("/checkpoints/") ? ENOSPC : nil }
        )
        #expect(try await finished(bench, files: files).state == .succeeded)
        #expect(bench.launcher.checkpointsGiven == [:])
    }
}
