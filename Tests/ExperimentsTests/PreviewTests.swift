import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Testing

/// Members of the first round leave previews and make way for each other, so that there are scores of every example soon.
@Suite(.timeLimit(.minutes(2))) struct PreviewTests {
    private func request(folds: Int = 3, repeats: Int = 1, epochs: Int = 8) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        (request.folds, request.repeats) = (folds, repeats)
        request.training.epochs = epochs
        return request
    }

    private func started(_ bench: Bench, slots: Int) async throws -> Experiments {
        let experiments = try bench.open(slots: slots)
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        return experiments
    }

    /// One at a time: the first two of three make way, and go on before the second round begins.
    @Test func membersMakeWayForOthersOfTheirRound() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in
                .preview(then: attempt == 1 && index < 2 ? .hang : .succeed)
            }
        )
        let experiments = try await started(bench, slots: 1)
        let job = try await experiments.finished(try await experiments.submit(request(repeats: 2)).id)
        #expect(job.state == .succeeded)
        let starts = bench.launcher.workerStarts.map { [$0.index, $0.attempt] }
        #expect(starts == [[0, 1], [1, 1], [2, 1], [0, 2], [1, 2], [3, 1], [4, 1], [5, 1]])
        let revisions = bench.launcher.revisions
        #expect(revisions.first?.members == [0, 1, 2] && revisions.first?.isPreview == true)
        #expect(revisions.dropFirst().allSatisfy { !$0.isPreview }, "one look ahead is enough")
        #expect(revisions.last?.members == [0, 1, 2, 3, 4, 5])
        #expect(!Files.live.exists("\(bench.root)/jobs/\(job.id)/previews"))
        await experiments.stop()
    }

    /// With room for all of them nobody makes way; a stop of the service loses nothing.
    @Test func whoNeedNotMakeWayGoesOn() async throws {
        let bench = Bench(FakeLauncher { _, attempt in .preview(then: attempt == 1 ? .hang : .succeed) })
        var id = ""
        do {
            let experiments = try await started(bench, slots: 3)
            id = try await experiments.submit(request()).id
            let seen = try await experiments.job(id) { $0.revision > 0 }
            #expect(seen.members.running == 3 && seen.revisionMembers == 3 && seen.isPartial)
            #expect(bench.launcher.revisions.map(\.isPreview) == [true])
            await experiments.stop()
        }
        let again = try bench.open(slots: 3)
        try await again.start()
        #expect(try await again.finished(id).state == .succeeded)
        #expect(bench.launcher.revisions.count { $0.isPreview } == 1)
        #expect(bench.launcher.workerStarts.allSatisfy { $0.attempt <= 2 })
        await again.stop()
    }

    /// Previews that an earlier process took count; what it was asked for at the end of its life is asked for again.
    @Test func previewsOutliveTheProcess() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in
                attempt > 1 ? .preview(then: .succeed) : index == 0 ? .preview(then: .hang) : .hang
            }
        )
        var id = ""
        do {
            let experiments = try await started(bench, slots: 1)
            id = try await experiments.submit(request(folds: 2)).id
            await bench.launcher.started(2)
            await experiments.stop()
        }
        #expect(try Files.live.list("\(bench.root)/jobs/\(id)/previews").count == 1)
        #expect(bench.launcher.revisions.isEmpty)

        let again = try bench.open(slots: 1)
        try await again.start()
        #expect(try await again.finished(id).state == .succeeded)
        // The second one, which was interrupted, comes first: the other has made way.
        #expect(bench.launcher.workerStarts.map { [$0.index, $0.attempt] } == [[0, 1], [1, 1], [1, 2], [0, 2]])
        #expect(bench.launcher.revisions.first?.isPreview == true)
        await again.stop()
    }

    /// Few epochs are soon over, and evidence that is there already has no preview.
    @Test func somePlansHaveNone() async throws {
        let bench = Bench(
            FakeLauncher { index, attempt in .preview(then: index == 0 && attempt == 1 ? .hang : .succeed) }
        )
        let experiments = try await started(bench, slots: 1)
        var short = request(epochs: 3)
        short.training.seed = 1
        let brief = try await experiments.submit(short).id
        await bench.launcher.started(1)
        #expect(try await experiments.cancel(try #require(try await experiments.job(brief))))
        #expect(bench.launcher.revisions.isEmpty)
        _ = try await experiments.finished(try await experiments.submit(request(folds: 2)).id)
        let reused = try await experiments.finished(try await experiments.submit(request(folds: 2, repeats: 2)).id)
        #expect(reused.members.reused == 2)
        let previews = bench.launcher.revisions.filter(\.isPreview).map(\.members)
        #expect(previews == [[0, 1]])
        await experiments.stop()
    }
}
