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

extension HeldDiskTests {
    /// What a call that blocks stands on: never the cooperative pool, whose threads are as few as the cores. (A pool with one
    /// thread held still answers, so the test above alone would not see it.)
    @Test(.timeLimit(.minutes(1)))
    func noFileIsTouchedOnTheCooperativePool() async throws {
        let calls = Mutex<[String]>([])
        let watcher = FaultInjector { call in
            let label = Self.currentQueue()
            if label.contains("global") || label.contains("com.apple.root") {
                calls.withLock { $0.append("\(call.operation) \(call.path) on \(label)") }
            }
            return nil
        }
        let launcher = FakeLauncher(calibration: Bench.calibration) { _, _ in .succeed }
        try await LiveService.run(launcher, files: Files(faults: watcher)) { service in
            let experiments = service.experiments
            calls.withLock { $0 = [] }
            let upload = Data(try Bench.upload())
            #expect(try await service.ask("POST", "/v1/datasets?name=toy", sending: upload).status == 201)
            let body = #"{"dataset":"toy","model":{"name":"mlp","hidden":[8]},"ensemble":{"folds":2,"repeats":1}}"#
            let dry = body.dropLast() + #","dry_run":true}"#
            #expect(try await service.ask("POST", "/v1/jobs", String(dry)).status == 200)
            let id = try #require(try await service.ask("POST", "/v1/jobs", body).json()["id"] as? String)
            let job = try await experiments.finished(id)
            #expect(job.state == .succeeded)
            for path in ["/summary", "/scores?orderby=-issue_score&length=10", ""] {
                #expect(try await service.ask("GET", "/v1/jobs/\(id)\(path)").status == 200)
            }
            #expect(try await service.ask("DELETE", "/v1/jobs/\(id)").status == 204)
            #expect(try await service.ask("DELETE", "/v1/datasets/toy").status == 204)
        }
        #expect(Set(calls.withLock { $0 }) == [])
    }
}

extension HeldDiskTests {
    /// The label of the Dispatch queue that this runs on (`dispatch_queue_get_label(DISPATCH_CURRENT_QUEUE_LABEL)`, which
    /// Swift's overlay does not show here).
    private static func currentQueue() -> String {
        typealias GetLabel = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
        guard let symbol = dlsym(nil, "dispatch_queue_get_label") else { return "unknown: global" }
        return unsafeBitCast(symbol, to: GetLabel.self)(nil).map { String(cString: $0) } ?? ""
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
