import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Testing

@Suite(.timeLimit(.minutes(2))) struct SchedulerTests {
    private func request(seed: UInt64 = 0, repeats: Int = 1) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = repeats
        request.training.seed = seed
        return request
    }

    @Test func aJobRunsItsMembersAndEndsWithColumns() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request(repeats: 2)).id)
        #expect(job.state == .succeeded)
        #expect(job.members.succeeded == 4)
        #expect(job.revisionMembers == 4)
        #expect(Set(bench.launcher.workerStarts.map(\.index)) == [0, 1, 2, 3])
        let summary = "\(experiments.columnsFolder(of: job, revision: job.revision))/summary.json"
        #expect(
            String(decoding: try Files.live.read(summary), as: UTF8.self)
                == "{\"members\":[0,1,2,3],\"reliability\":{}}"
        )
        await experiments.stop()
    }

    @Test func aSecondJobReusesEveryMember() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        _ = try await experiments.finished(try await experiments.submit(request()).id)
        let second = try await experiments.finished(try await experiments.submit(request(repeats: 2)).id)
        #expect(second.state == .succeeded)
        #expect(second.members.reused == 2)
        #expect(bench.launcher.workerStarts.count == 4)
        await experiments.stop()
    }

    @Test func aKilledWorkerIsTriedAgain() async throws {
        let bench = Bench(FakeLauncher { index, attempt in index == 1 && attempt == 1 ? .killed : .succeed })
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request()).id)
        #expect(job.state == .succeeded)
        #expect(bench.launcher.workerStarts.map(\.attempt).sorted() == [1, 1, 2])
        await experiments.stop()
    }

    @Test func aPoisonedMemberFailsItsJobWithTheReasonAndIsNotTriedAgain() async throws {
        let bench = Bench(FakeLauncher { index, _ in index == 1 ? .exit(65, "the array is torn") : .succeed })
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request()).id)
        #expect(job.state == .failed)
        #expect(job.failure?.code == "MEMBER_FAILED")
        #expect(job.failure?.detail.contains("the array is torn") == true)
        #expect(bench.launcher.workerStarts.count { $0.index == 1 } == 1)
        await experiments.stop()
    }

    @Test func aMemberThatDidNotLearnIsExcludedAndCounted() async throws {
        let bench = Bench(FakeLauncher { index, _ in index == 7 ? .notLearn : .succeed })
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request(repeats: 10)).id)
        #expect(job.state == .succeeded)
        #expect(job.members.excluded == 1)
        #expect(job.revisionMembers == 19)
        await experiments.stop()
    }

    @Test func manyMembersThatDidNotLearnFailTheJobWithAdvice() async throws {
        let bench = Bench(FakeLauncher { index, _ in index % 2 == 0 ? .notLearn : .succeed })
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let job = try await experiments.finished(try await experiments.submit(request(repeats: 2)).id)
        #expect(job.state == .failed)
        #expect(job.failure?.code == "DID_NOT_LEARN")
        #expect(job.failure?.detail.contains("0.0125") == true)
        await experiments.stop()
    }

    /// Two jobs share members; cancelling one leaves them to the other.
    @Test func cancellingOneOfTwoJobsSparesWhatTheyShare() async throws {
        let bench = Bench(FakeLauncher { _, attempt in attempt == 1 ? .hang : .succeed })
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let first = try await experiments.submit(request())
        let second = try await experiments.submit(request())
        await bench.launcher.started(2)
        #expect(try await experiments.cancel(first))
        #expect(try await experiments.job(first.id)?.state == .cancelled)
        #expect(try await experiments.job(second.id)?.members.running == 2)
        // Nobody wants them any more once the second is cancelled, too: they stop and could be started anew.
        #expect(try await experiments.cancel(second))
        let third = try await experiments.finished(try await experiments.submit(request()).id)
        #expect(third.state == .succeeded)
        #expect(bench.launcher.workerStarts.map(\.attempt).sorted() == [1, 1, 2, 2])
        await experiments.stop()
    }

    @Test func aRestartGoesOnWhereTheServiceStopped() async throws {
        let bench = Bench(FakeLauncher { index, attempt in (1...2).contains(index) && attempt == 1 ? .hang : .succeed })
        var id = ""
        do {
            let experiments = try bench.open()
            try await experiments.start()
            _ = try await experiments.add(Bench.upload())
            id = try await experiments.submit(request(repeats: 2)).id
            await bench.launcher.started(3)
            _ = try await experiments.job(id) { $0.members.succeeded == 1 }
            await experiments.stop()
        }
        let again = try bench.open()
        try await again.start()
        let job = try await again.finished(id)
        #expect(job.state == .succeeded)
        #expect(bench.launcher.workerStarts.count { $0.index == 0 } == 1)
        await again.stop()
    }

    @Test func deletingTheLastJobOfAMemberFreesItsFolder() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let first = try await experiments.finished(try await experiments.submit(request()).id)
        let second = try await experiments.finished(try await experiments.submit(request()).id)
        try await experiments.delete(first)
        #expect(try Files.live.list("\(bench.root)/members").count == 2)
        try await experiments.delete(second)
        #expect(try Files.live.list("\(bench.root)/members").isEmpty)
        #expect(try Files.live.list("\(bench.root)/jobs").isEmpty)
        #expect(try await experiments.job(first.id) == nil)
        await experiments.stop()
    }

    @Test func aDatasetInUseIsNotDeletedUnlessForced() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        _ = try await experiments.finished(try await experiments.submit(request()).id)
        let dataset = try #require(try await experiments.library.dataset("toy"))
        await #expect(throws: ExperimentError.self) { try await experiments.deleteDataset(dataset, force: false) }
        try await experiments.deleteDataset(dataset, force: true)
        #expect(try await experiments.library.dataset("toy") == nil)
        #expect(try Files.live.list("\(bench.root)/datasets").isEmpty)
        await experiments.stop()
    }
}
