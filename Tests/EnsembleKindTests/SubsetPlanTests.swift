import EnsembleKind
import Experiments
import Foundation
import Recipes
import Tasks
import Testing

@Suite struct SubsetPlanTests {
    private let labels = SplitPlanTests.labels
    private let split = SplitPlanTests.split
    private let distinct = SplitPlanTests.distinct

    private func masks(
        _ percent: Int,
        runs: Range<Int>,
        seed: UInt64 = 4,
        labels: [Int32]? = nil,
        duplicateOf: [Int32]? = nil
    ) -> [[UInt8]] {
        runs.map { run in
            SubsetPlan(percent: percent, seed: seed).heldOut(
                run: run,
                labels: labels ?? self.labels,
                split: split,
                duplicateOf: duplicateOf ?? distinct
            )
        }
    }

    @Test(arguments: [10, 20, 37, 50, 70, 75, 90])
    func aRunTrainsOnItsShareOfEachClassAndHoldsTheTestExamplesOut(percent: Int) {
        for mask in masks(percent, runs: 0..<12) {
            let trained = (0..<100).count { mask[$0] == 0 }
            #expect(abs(trained - percent) <= 1)
            for label in Int32(0)..<3 {
                let size = (0..<100).count { labels[$0] == label }
                let own = (0..<100).count { mask[$0] == 0 && labels[$0] == label }
                #expect(abs(Double(own) - Double(size * percent) / 100) < 1)
            }
            #expect((100..<110).allSatisfy { mask[$0] == 1 })
        }
    }

    /// Without this an example would have no consistency at 0.9 after ten runs in one of three cases.
    @Test(arguments: [(10, 10), (50, 2), (70, 10), (75, 4), (90, 10)])
    func everyExampleIsHeldOutEquallyOftenInACycle(percent: Int, cycle: Int) {
        #expect(SubsetPlan(percent: percent, seed: 4).cycle == cycle)
        for start in [0, cycle] {
            let masks = masks(percent, runs: start..<start + cycle)
            for row in 0..<100 {
                #expect(masks.reduce(0) { $0 + Int($1[row]) } == cycle * (100 - percent) / 100, "row \(row)")
            }
        }
        // On the way counts differ by one at most.
        for runs in 1..<cycle {
            let counts = (0..<100).map { row in masks(percent, runs: 0..<runs).reduce(0) { $0 + Int($1[row]) } }
            #expect(counts.max()! - counts.min()! <= 1)
        }
    }

    @Test func runsRatiosAndSeedsDifferAndAreRepeated() {
        let one = masks(50, runs: 0..<4)
        #expect(Set(one).count == 4)
        #expect(one == masks(50, runs: 0..<4))
        #expect(one[0] != masks(50, runs: 0..<1, seed: 5)[0])
        // Cycles are dealt anew.
        #expect(masks(90, runs: 0..<1) != masks(90, runs: 10..<11))
    }

    @Test func everyClassKeepsAnExampleAndIdenticalInputsStayTogether() {
        var labels = labels
        labels[7] = 3
        labels[8] = -1
        labels[9] = 4
        labels[11] = 4
        var copies = distinct
        for row in [10, 20, 30, 40] { copies[row] = 1 }
        for percent in [1, 10, 90] {
            for mask in masks(percent, runs: 0..<10, labels: labels, duplicateOf: copies) {
                #expect(mask[7] == 0)
                #expect(mask[8] == 1)
                #expect(mask[9] == 0 || mask[11] == 0)
                #expect((0..<3).allSatisfy { label in (0..<100).contains { mask[$0] == 0 && labels[$0] == label } })
                #expect(Set([1, 10, 20, 30, 40].map { mask[$0] }).count == 1)
            }
        }
    }

    private func plan(index: Int, ratios: [Double], runs: Int = 3) -> MemberPlan {
        var settings = MemberPlanTests.settings
        settings.ensemble = EnsembleSettings(plan: .subsets, parts: ratios.count, rounds: runs, ratios: ratios)
        return MemberPlan(
            engine: EngineIdentity(version: "1/onednn-2.6.3", instructionSet: "avx2"),
            threads: 1,
            data: MemberPlanTests.data,
            settings: settings,
            index: index
        )
    }

    /// Pinned like the keys of folds: the digests were computed by Python's json (sort_keys, no blanks) and hashlib.
    @Test func theKeyOfARunIsPinned() throws {
        let plan = plan(index: 5, ratios: [0.1, 0.7])
        #expect(try plan.trainKey() == "d56a9d5a02f1cfaea0d0da594f4a8d1d12ede328c5c507ff580e03ae0db0bd56")
        #expect(try plan.probeKey() == "624c5ecea27b9ca5d043ba2a0753e4c2f663d4cf7e4f8dea51259358315d7e8a")
    }

    @Test func aRunIsTheSameWhateverElseItsJobAsksFor() throws {
        let both = plan(index: 5, ratios: [0.1, 0.7])
        #expect(both.trainRatio == 0.7 && both.index == 2)
        let alone = plan(index: 2, ratios: [0.7], runs: 200)
        #expect(try both.probeKey() == alone.probeKey())
        #expect(try both.memberSeed == alone.memberSeed)
        #expect(try plan(index: 4, ratios: [0.1, 0.7]).trainKey() != both.trainKey())
        #expect(try plan(index: 4, ratios: [0.1, 0.7]).memberSeed != both.memberSeed)
        let mask = try both.heldOut(labels: labels, split: split, duplicateOf: distinct)
        #expect(mask == masks(70, runs: 2..<3, seed: 0)[0])
        let back = try JSONDecoder().decode(MemberPlan.self, from: Data(try CanonicalJSON.encode(both)))
        #expect(back == both)
    }
}
