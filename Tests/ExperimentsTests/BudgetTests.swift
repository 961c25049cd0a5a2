import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Testing

/// Jobs that end with what there is.
@Suite(.timeLimit(.minutes(2))) struct BudgetTests {
    private func request(seconds: Double? = nil, members: Int? = nil) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 2
        request.budget = JobBudget(maxSeconds: seconds, maxMembers: members)
        return request
    }

    private func started(_ bench: Bench) async throws -> Experiments {
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        return experiments
    }

    @Test func aJobOfFewerMembersEndsWithTheFirstOfItsPlanAndGoesOnWhenResumed() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        let job = try await experiments.finished(try await experiments.submit(request(members: 3)).id)
        #expect(job.state == .succeeded && job.stopReason == "budget")
        #expect(job.members.total == 3 && job.members.succeeded == 3 && job.revisionMembers == 3)
        #expect(job.budget == JobBudget(maxSeconds: nil, maxMembers: 3))
        #expect(job.difficulty?.ensemble.rounds == 2 && !job.isPartial)
        #expect(Set(bench.launcher.workerStarts.map(\.index)) == [0, 1, 2])

        #expect(try await experiments.resume(job))
        let whole = try await experiments.finished(job.id)
        #expect(whole.state == .succeeded && whole.stopReason == nil && whole.budget == nil)
        #expect(whole.members.total == 4 && whole.revisionMembers == 4)
        #expect(bench.launcher.workerStarts.count == 4)
        #expect(try await !experiments.resume(whole))
        await experiments.stop()
    }

    @Test func aBudgetAboveThePlanChangesNothing() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        let job = try await experiments.finished(try await experiments.submit(request(seconds: 1e6, members: 9)).id)
        #expect(job.state == .succeeded && job.stopReason == nil && job.members.total == 4)
        await experiments.stop()
    }

    /// Two members finish, two are in flight when the time is up: those stop, and their checkpoints wait for a resume.
    @Test func aJobWhoseTimeIsUpEndsWithTheMembersThereAre() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in index >= 2 && attempt == 1 ? .checkpoint(then: .hang) : .succeed }
        )
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        let job = try await experiments.finished(try await experiments.submit(request(seconds: 3)).id)
        #expect(job.state == .succeeded && job.stopReason == "budget")
        #expect(job.members.total == 4 && job.members.succeeded == 2 && job.revisionMembers == 2)
        let states = try await experiments.members(of: job).map(\.state)
        #expect(states == ["succeeded", "succeeded", "cancelled", "cancelled"])
        #expect(try Files.live.list("\(bench.root)/checkpoints").count == 2)

        #expect(try await experiments.resume(job))
        let whole = try await experiments.finished(job.id)
        #expect(whole.state == .succeeded && whole.stopReason == nil && whole.revisionMembers == 4)
        #expect(bench.launcher.checkpointsGiven == ["2.2": "2.1", "3.2": "3.1"])
        #expect(try Files.live.list("\(bench.root)/checkpoints").isEmpty)
        await experiments.stop()
    }

    @Test func theTimeGoesOnThroughARestart() async throws {
        let bench = Bench(FakeLauncher { index, _ in index >= 2 ? .hang : .succeed })
        defer { withExtendedLifetime(bench) {} }
        let id: String
        do {
            let first = try await started(bench)
            id = try await first.submit(request(seconds: 3)).id
            await bench.launcher.started(4)
            await first.stop()
        }
        let second = try bench.open()
        try await second.start()
        let job = try await second.finished(id)
        #expect(job.state == .succeeded && job.stopReason == "budget" && job.revisionMembers == 2)
        await second.stop()
    }

    @Test func withoutOneMemberTheJobFailsAndSaysWhy() async throws {
        let bench = Bench(FakeLauncher { index, attempt in index < 2 && attempt == 1 ? .hang : .succeed })
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        let job = try await experiments.finished(try await experiments.submit(request(seconds: 0.2)).id)
        #expect(job.state == .failed && job.failure?.code == "BUDGET_SPENT" && job.stopReason == "budget")
        #expect(job.failure?.detail.contains("0.2 seconds") == true, "\(job.failure?.detail ?? "")")
        #expect(try await experiments.resume(job))
        #expect(try await experiments.finished(job.id).state == .succeeded)
        await experiments.stop()
    }

    @Test func whatAnotherJobWaitsForGoesOn() async throws {
        let bench = Bench(FakeLauncher { _, _ in .hang })
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        let patient = try await experiments.submit(request())
        let hasty = try await experiments.submit(request(seconds: 0.2))
        #expect(try await experiments.finished(hasty.id).failure?.code == "BUDGET_SPENT")
        #expect(try await experiments.job(patient.id)?.members.running == 2)
        #expect(bench.launcher.workerStarts.count == 2)
        await experiments.stop()
    }

    @Test func anExtensionHasABudgetOfItsOwn() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try await started(bench)
        let job = try await experiments.finished(try await experiments.submit(request(members: 2)).id)
        let budget = JobBudget(maxSeconds: nil, maxMembers: 5)
        let next = try await experiments.extend(job, repeats: 3, priority: 7, budget: budget)
        let done = try await experiments.finished(next.id)
        #expect(done.extends == job.id && done.priority == 7 && done.budget == budget && done.stopReason == "budget")
        #expect(done.members.total == 5 && done.members.reused == 2)
        await experiments.stop()
    }
}
