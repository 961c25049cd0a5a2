import Datasets
import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Tasks
import TestSupport
import Testing

/// Jobs that are submitted while their dataset is still being read.
@Suite(.timeLimit(.minutes(2))) struct WaitingJobTests {
    private func request() -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 1
        return request
    }

    /// Experiments with an upload that is not read before the gate opens.
    private func started(_ bench: Bench, _ bytes: [UInt8]) async throws -> Experiments {
        let experiments = try bench.open()
        try await experiments.start()
        guard case .accepted = try await experiments.add(bytes, patience: .zero) else {
            Issue.record("the upload was read at once")
            return experiments
        }
        return experiments
    }

    @Test func aJobWaitsForItsDataSetAndThenRuns() async throws {
        let gate = Gate()
        // Its folder goes when it does.
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench, try Bench.upload())
        let first = try await experiments.submit(request())
        let second = try await experiments.submit(request())
        #expect(first.state == .queued && first.settings == nil && first.members.total == 0)
        #expect(first.phase == "dataset")
        #expect(second.queuePosition == 1)
        #expect(try await experiments.members(of: first).isEmpty)
        gate.open()
        for id in [first.id, second.id] {
            let done = try await experiments.finished(id)
            #expect(done.state == .succeeded && done.difficulty?.ensemble.parts == 2 && done.members.succeeded == 2)
        }
        await experiments.stop()
    }

    @Test func aWaitingJobFailsWithTheErrorOfItsDataSet() async throws {
        let gate = Gate()
        // Its folder goes when it does.
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench, Array("no dataset".utf8))
        let job = try await experiments.submit(request())
        gate.open()
        let done = try await experiments.finished(job.id)
        #expect(done.state == .failed)
        #expect(done.failure == done.dataset?.failure)
        #expect(done.failure?.detail.isEmpty == false)
        await experiments.stop()
    }

    /// The upload's own answer says that it failed, which usually removes it; a job still refers to it.
    @Test func anUploadThatFailsBeforeItsAnswerKeepsItsJobs() async throws {
        let gate = Gate()
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        async let outcome = experiments.add(Array("no dataset".utf8))
        await bench.launcher.reading.wait()
        let job = try await experiments.submit(request())
        gate.open()
        guard case .refused = try await outcome else {
            Issue.record("it was taken")
            return
        }
        #expect(try await experiments.finished(job.id).state == .failed)
        await experiments.stop()
    }

    @Test func whatOnlyTheDataShowsToBeWrongFailsTheJob() async throws {
        let gate = Gate()
        // Its folder goes when it does.
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench, try Bench.upload())
        var wrong = request()
        wrong.folds = 40
        let job = try await experiments.submit(wrong)
        var unknown = request()
        unknown.model = "nobody"
        await #expect(throws: SettingsError.self) { try await experiments.submit(unknown) }
        gate.open()
        let done = try await experiments.finished(job.id)
        #expect(done.state == .failed && done.failure?.code == "INVALID_PARAMETER_VALUE")
        #expect(done.failure?.errors?.first?.pointer == "/ensemble/folds")
        await experiments.stop()
    }

    @Test func aWaitingJobOutlivesTheService() async throws {
        let root = Bench(FakeLauncher(gate: Gate()))
        defer { withExtendedLifetime(root) {} }
        let id: String
        do {
            let experiments = try await started(root, try Bench.upload())
            id = try await experiments.submit(request()).id
            await experiments.stop()
        }
        let experiments = try root.open(launcher: FakeLauncher())
        #expect(try await experiments.job(id)?.state == .queued)
        try await experiments.start()
        #expect(try await experiments.finished(id).state == .succeeded)
        await experiments.stop()
    }

    @Test func aCancelledOrRemovedJobDoesNotStart() async throws {
        let gate = Gate()
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench, try Bench.upload())
        let cancelled = try await experiments.submit(request())
        let removed = try await experiments.submit(request())
        let last = try await experiments.submit(request())
        #expect(try await experiments.cancel(cancelled))
        try await experiments.delete(removed)
        gate.open()
        #expect(try await experiments.finished(last.id).state == .succeeded)
        #expect(try await experiments.job(cancelled.id)?.state == .cancelled)
        #expect(try await experiments.job(removed.id) == nil)
        #expect(bench.launcher.workerStarts.count == 2)
        await experiments.stop()
    }

    @Test func anUploadThatRepeatsAKnownDataSetHandsItsJobsOver() async throws {
        let gate = Gate()
        gate.open()
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        let bytes = try Bench.upload()
        guard case .created(let original) = try await experiments.add(bytes, name: "original") else {
            Issue.record("not created")
            return
        }
        gate.close()
        // Other options make it another upload; what is in it is the same.
        let outcome = try await experiments.add(
            bytes,
            options: UploadOptions(IngestOptions(format: "npz")),
            patience: .zero
        )
        guard case .accepted(let alias) = outcome else {
            Issue.record("read at once")
            return
        }
        #expect(alias.id != original.id)
        let job = try await experiments.submit(request())
        gate.open()
        let done = try await experiments.finished(job.id)
        #expect(done.state == .succeeded && done.dataset?.id == original.id)
        try await experiments.deleteDataset(try #require(done.dataset), force: true)
        #expect(try await experiments.library.list(limit: 10, after: nil).elements.isEmpty)
        await experiments.stop()
    }
}
