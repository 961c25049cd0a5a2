import EnsembleKind
import Experiments
import Testing

@Suite struct SplitPlanTests {
    /// 100 training examples of 3 classes, 10 test examples, no duplicates.
    static let labels: [Int32] = (0..<110).map { Int32($0 % 3) }
    static let split: [UInt8] = (0..<110).map { $0 < 100 ? 0 : 1 }
    static let distinct: [Int32] = (0..<110).map { Int32($0) }

    private func masks(
        _ plan: SplitPlan,
        members: Range<Int>,
        labels: [Int32] = labels,
        duplicateOf: [Int32] = distinct
    )
        -> [[UInt8]]
    {
        members.map { plan.heldOut(member: $0, labels: labels, split: Self.split, duplicateOf: duplicateOf) }
    }

    @Test(arguments: [2, 3, 5, 7]) func eachRepeatHoldsEveryTrainingExampleOutOnce(folds: Int) {
        let plan = SplitPlan(folds: folds, seed: 4)
        for round in 0..<3 {
            let masks = masks(plan, members: round * folds..<(round + 1) * folds)
            for row in 0..<100 { #expect(masks.reduce(0) { $0 + Int($1[row]) } == 1) }
            for row in 100..<110 { #expect(masks.allSatisfy { $0[row] == 1 }) }
            let sizes = masks.map { $0[..<100].reduce(0) { $0 + Int($1) } }
            #expect(sizes.max()! - sizes.min()! <= 1)
            for label in Int32(0)..<3 {
                let counts = masks.map { mask in (0..<100).count { mask[$0] == 1 && Self.labels[$0] == label } }
                #expect(counts.max()! - counts.min()! <= 1)
            }
        }
    }

    @Test func repeatsDifferAndSeedsDiffer() {
        let one = masks(SplitPlan(folds: 5, seed: 0), members: 0..<10)
        let other = masks(SplitPlan(folds: 5, seed: 1), members: 0..<10)
        #expect(one[0] != one[5])
        #expect(one[0] != other[0])
        #expect(one == masks(SplitPlan(folds: 5, seed: 0), members: 0..<10))
    }

    @Test func identicalInputsShareAFold() {
        var duplicateOf = Self.distinct
        for row in [10, 20, 30, 40] { duplicateOf[row] = 1 }
        for mask in masks(SplitPlan(folds: 5, seed: 3), members: 0..<15, duplicateOf: duplicateOf) {
            #expect(Set([1, 10, 20, 30, 40].map { mask[$0] }).count == 1)
        }
    }

    @Test func theOnlyExampleOfAClassIsNeverHeldOutAndAnUnlabelledOneAlways() {
        var labels = Self.labels
        labels[7] = 3
        labels[8] = -1
        for mask in masks(SplitPlan(folds: 5, seed: 3), members: 0..<10, labels: labels) {
            #expect(mask[7] == 0)
            #expect(mask[8] == 1)
        }
    }

    @Test func theGeneratorDoesNotDependOnWhatWasDrawnElsewhere() {
        var one = CounterGenerator(seed: 9, purpose: .member, stream: 4)
        var other = CounterGenerator(seed: 9, purpose: .split, stream: 4)
        let first = (0..<4).map { _ in one.next() }
        _ = other.next()
        var again = CounterGenerator(seed: 9, purpose: .member, stream: 4)
        #expect(first == (0..<4).map { _ in again.next() })
        #expect(Set(first).count == 4)
        #expect(first[0] != other.next())
    }
}
