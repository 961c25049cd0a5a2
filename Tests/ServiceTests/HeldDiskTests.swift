import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Synchronization
import Tasks
import Testing

/// A disk that is slow must not make the service slow: its file work has threads of its own.
@Suite struct HeldDiskTests {
    /// Every fsync of an upload and a job is held, from their coming in to their end. While one is held, `/healthz`, a
    /// page of scores of another job and the list of jobs are answered: if the work stood on the cooperative pool, on a
    /// thread of the server or on an actor that readers wait for, they would not come.
    @Test(.timeLimit(.minutes(2)))
    func answersComeWhileTheDiskIsHeld() async throws {
        let disk = HeldDisk()
        try await LiveService.run(FakeLauncher { _, _ in .succeed }, files: Files(faults: disk.injector)) { service in
            try await ask(service, while: disk)
        }
    }

    private func ask(_ service: LiveService, while disk: HeldDisk) async throws {
        let experiments = service.experiments
        _ = try await experiments.add(Bench.upload())
        var order = DifficultyOrder(dataset: "toy")
        order.repeats = 1
        let first = try await experiments.finished(try await experiments.submit(order).id)
        #expect(first.state == .succeeded)

        disk.hold()
        order.plant = DifficultyRequest.Plant(fraction: 0.1)
        order.repeats = 2
        let second = Task { [order] in
            _ = try await experiments.add(Bench.upload(shift: 1), name: "more")
            let ended = try await experiments.finished(try await experiments.submit(order).id)
            disk.end()
            return ended
        }
        var held = 0
        let routes = ["/healthz", "/v1/jobs/\(first.id)/scores?orderby=-issue_score&length=100", "/v1/jobs"]
        var slowest = routes.map { _ in Duration.zero }
        for await path in disk.held {
            for (place, route) in routes.enumerated() {
                var answer: LiveService.Answer?
                let time = try await ContinuousClock().measure { answer = try await service.ask("GET", route) }
                #expect(answer?.status == 200, "\(route) while \(path) is written: \(answer?.text ?? "")")
                slowest[place] = max(slowest[place], time)
            }
            held += 1
            disk.release()
        }
        let ended = try await second.value
        #expect(ended.state == .succeeded)
        // Ten members with a specification each, at least.
        #expect(held > 10)
        print("\(held) held fsyncs; slowest answers: \(zip(routes, slowest).map { "\($0) \($1)" })")
    }
}

/// A disk whose fsyncs wait, once it is held, until each is released.
private final class HeldDisk: Sendable {
    /// The paths of the fsyncs that wait, each when it begins to.
    let held: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let isHeld = Mutex(false)
    private let releases = DispatchSemaphore(value: 0)

    init() { (held, continuation) = AsyncStream.makeStream() }

    var injector: FaultInjector {
        FaultInjector { [self] call in
            guard call.operation == "fsync", isHeld.withLock({ $0 }) else { return nil }
            continuation.yield(call.path)
            releases.wait()
            return nil
        }
    }

    func hold() { isHeld.withLock { $0 = true } }

    /// Lets one fsync go on.
    func release() { releases.signal() }

    /// There will be no more.
    func end() {
        isHeld.withLock { $0 = false }
        continuation.finish()
    }
}
