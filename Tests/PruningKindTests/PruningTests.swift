import Arrays
import Difficulty
import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import PruningKind
import Recipes
import Service
import Tasks
import Testing

/// Which examples a pruning keeps.
@Suite struct PruningTests {
    private func rule(highest: Bool = true, balanced: Bool = false, seed: UInt64 = 0) -> Pruning.Rule {
        Pruning.Rule(by: "score", keepsHighest: highest, balanced: balanced, seed: seed)
    }

    @Test func theLargestOrTheSmallestStay() {
        let values: [Float] = [5, 1, 4, 2, 3, 9]
        let labels = [Int32](repeating: 0, count: 6)
        // Row 5 is no candidate.
        let high = Pruning(values: values, labels: labels, candidates: [0, 1, 2, 3, 4], rule: rule())
        #expect(high.kept(2) == [0, 2])
        #expect(high.kept(5) == [0, 1, 2, 3, 4])
        let low = Pruning(values: values, labels: labels, candidates: [0, 1, 2, 3, 4], rule: rule(highest: false))
        #expect(low.kept(2) == [1, 3])
    }

    @Test func whatHasNoScoreIsDroppedLast() {
        let values: [Float] = [5, .nan, 4, 2, .nan]
        let labels = [Int32](repeating: 0, count: 5)
        for highest in [true, false] {
            let pruning = Pruning(
                values: values,
                labels: labels,
                candidates: Array(0..<5),
                rule: rule(highest: highest)
            )
            #expect(pruning.kept(2) == [1, 4])
            #expect(pruning.kept(3) == (highest ? [0, 1, 4] : [1, 3, 4]))
        }
    }

    /// Files come sorted by class, and three quarters of forgetting counts are zero.
    @Test func equalScoresAreDrawnByLotNotByRow() {
        let values = [Float](repeating: 0, count: 1_000)
        let labels = (0..<1_000).map { Int32($0 / 500) }
        let pruning = Pruning(values: values, labels: labels, candidates: Array(0..<1_000), rule: rule())
        let kept = pruning.kept(500)
        #expect((200...300).contains(kept.count { labels[$0] == 0 }))
        #expect(kept == pruning.kept(500))
        let other = Pruning(values: values, labels: labels, candidates: Array(0..<1_000), rule: rule(seed: 1))
        #expect(kept != other.kept(500))
        // A smaller set is part of a larger one.
        #expect(Set(pruning.kept(100)).isSubset(of: kept))
    }

    @Test func balancedSetsKeepTheSameShareOfEachClass() {
        let labels: [Int32] = (0..<100).map { $0 < 60 ? 0 : $0 < 90 ? 1 : $0 < 99 ? 2 : 3 }
        let values = (0..<100).map(Float.init)
        let pruning = Pruning(values: values, labels: labels, candidates: Array(0..<100), rule: rule(balanced: true))
        func sizes(_ rows: [Int]) -> [Int] { (0..<4).map { label in rows.count { labels[$0] == label } } }
        for count in 4...100 {
            let (kept, random) = (pruning.kept(count), pruning.random(count, run: 3))
            #expect(kept.count == count && Set(kept).count == count)
            #expect(sizes(kept) == sizes(random) && sizes(kept).allSatisfy { $0 >= 1 })
        }
        #expect(sizes(pruning.kept(50)) == [30, 15, 4, 1])
        #expect(pruning.kept(50).prefix(30).elementsEqual(30..<60))
        let plain = Pruning(values: values, labels: labels, candidates: Array(0..<100), rule: rule())
        #expect(sizes(plain.kept(50)) == [10, 30, 9, 1])
    }

    @Test func lotsDifferByRunAndAreRepeated() {
        let pruning = Pruning(
            values: [Float](repeating: 0, count: 100),
            labels: [Int32](repeating: 0, count: 100),
            candidates: Array(0..<100),
            rule: rule()
        )
        let sets = (0..<4).map { pruning.random(50, run: $0) }
        #expect(Set(sets).count == 4)
        #expect(sets[2] == pruning.random(50, run: 2))
        #expect(sets.allSatisfy { $0 == $0.sorted() && $0.count == 50 })
    }

    @Test func aSetOfRowsSurvivesItsJSON() throws {
        let set = TrainSet([0, 7, 8, 19], of: 20)
        let back = try JSONDecoder().decode(TrainSet.self, from: Data(try CanonicalJSON.encode(set)))
        #expect(back == set)
        #expect((0..<30).filter(back.contains) == [0, 7, 8, 19])
    }
}

/// A verification as a job, with children in this process.
@Suite(.timeLimit(.minutes(2))) struct PruningJobTests {
    private func verified(
        _ bench: Bench,
        runs: Int = 3,
        _ look: (Experiments, JobSummary, [[UInt8]]) async throws -> Void
    ) async throws {
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        var request = DifficultyOrder(dataset: "toy")
        (request.folds, request.repeats, request.k) = (2, 1, 3)
        let first = try await experiments.finished(try await experiments.submit(request).id)
        let job = try await experiments.verify(
            first,
            by: Bench.pruning,
            name: "pruned",
            rule: Pruning.Rule(by: "score", keepsHighest: true, balanced: true, seed: 0),
            values: (0..<60).map(Float.init),
            counts: [30, 15],
            runs: runs
        )
        let ended = try await experiments.finished(job.id)
        let masks = try await experiments.members(of: ended).map { member in
            try NPY.read(UInt8.self, from: "\(experiments.folder.member(member.key))/held_out.npy").values
        }
        try await look(experiments, ended, masks)
        await experiments.stop()
    }

    @Test func eachRunComparesSetsOnAFoldThatNoneOfThemSees() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        try await verified(bench) { experiments, job, masks in
            #expect(job.state == .succeeded && job.kind == "pruning" && job.name == "pruned", "\(job)")
            #expect(masks.count == 15 && job.difficulty?.probes.k == 0)
            for run in 0..<3 {
                let sets = masks[5 * run..<5 * run + 5].map { mask in Set(mask.indices.filter { mask[$0] == 0 }) }
                // A fifth is held out, give or take: identical inputs stay together.
                let all = sets[0].count
                let (half, quarter) = ((all + 1) / 2, Int((Double(all) / 4).rounded()))
                #expect((47...49).contains(all))
                #expect(sets.map(\.count) == [all, half, half, quarter, quarter])
                #expect(sets.dropFirst().allSatisfy { $0.isSubset(of: sets[0]) })
                // The largest values of each class stay, as many as of the random set.
                let (even, odd) = (sets[0].filter { $0 % 2 == 0 }.sorted(), sets[0].filter { $0 % 2 == 1 }.sorted())
                let evens = sets[2].count { $0 % 2 == 0 }
                #expect(abs(2 * evens - half) <= 1)
                #expect(sets[1] == Set(even.suffix(evens) + odd.suffix(half - evens)))
                #expect(sets[2] != sets[1])
            }
            #expect(masks[0] != masks[5])
            let splits = try await experiments.members(of: job).map {
                String(decoding: try Bench.views[job.kind].member($0, of: job).split.encoded(), as: UTF8.self)
            }
            #expect(splits[6] == "{\"run\":1,\"set\":\"kept\",\"keep\":0.5}\n")
            #expect(splits[9] == "{\"run\":1,\"set\":\"random\",\"keep\":0.25}\n")
            await #expect(throws: SettingsError.self) { try await experiments.extend(job, repeats: 9) }
        }
    }

    /// Networks are found by what they are made from, here as everywhere.
    @Test func theSameVerificationTrainsNothing() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        try await verified(bench) { experiments, job, _ in
            let starts = bench.launcher.workerStarts.count
            let first = try #require(try await experiments.job("toy"))
            let again = try await experiments.verify(
                first,
                by: Bench.pruning,
                name: "again",
                rule: Pruning.Rule(by: "score", keepsHighest: true, balanced: true, seed: 0),
                values: (0..<60).map(Float.init),
                counts: [30],
                runs: 3
            )
            #expect(try await experiments.finished(again.id).members.reused == 9)
            #expect(bench.launcher.workerStarts.count == starts)
            let error = await #expect(throws: SettingsError.self) {
                try await experiments.verify(
                    first,
                    by: Bench.pruning,
                    name: "many",
                    rule: Pruning.Rule(by: "score", keepsHighest: true, balanced: true, seed: 0),
                    values: (0..<60).map(Float.init),
                    counts: [Int](1...20),
                    runs: 100
                )
            }
            #expect(error?.issues.map(\.pointer) == ["/runs"])
        }
    }
}
