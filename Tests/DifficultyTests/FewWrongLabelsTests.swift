import Difficulty
import Testing

/// What is stated and promised where networks know most of a dataset but not all: of 400 examples of two classes they are sure of
/// 336, and of the other 64 they are right about half.
@Suite struct FewWrongLabelsTests {
    private static let count = 400

    /// - Parameter wrong: how many labels are wrong, spread evenly over sure examples and others
    private func job(wrong: Int) -> JobArrays {
        let stride = max(1, Self.count / max(1, wrong))
        let isWrong = (0..<Self.count).map { wrong > 0 && $0 % stride == 7 % stride }
        let truth = (0..<Self.count).map { $0 / 2 % 2 }
        let labels = zip(truth, isWrong).map { Int32($1 ? 1 - $0 : $0) }
        let isSure = (0..<Self.count).map { $0 % 25 < 21 }
        // They are as sure as the labels are right.
        let sure: Float = wrong == 0 ? 5 : 2.94
        func member(_ index: Int) -> MemberArrays {
            let heldOut = (0..<Self.count).map { UInt8(($0 / 4 + index) % 2) }
            let logits = (0..<Self.count).map { row -> [Float] in
                let answer = isSure[row] || row % 2 == 0 ? truth[row] : 1 - truth[row]
                // Of each example a little otherwise, so that there is an order.
                let logit = (isSure[row] ? sure : 0.5) + Float(row % 13) / 100
                return answer == 0 ? [logit, 0] : [0, logit]
            }
            var member = MemberArrays(heldOut: heldOut)
            member.snapshotEpochs = [1]
            member.heldOutLogits = [(0..<Self.count).filter { heldOut[$0] == 1 }.map { logits[$0] }]
            member.finalLogits = logits
            member.pred = [labels.map { UInt16($0) }]
            member.correct = [[UInt8](repeating: 1, count: Self.count)]
            return member
        }
        return JobArrays(
            labels: labels,
            classes: ["a", "b"],
            members: Dictionary(uniqueKeysWithValues: (0..<4).map { ($0, member($0)) }),
            folds: 2,
            repeats: 2
        )
    }

    /// Nothing wrong where they are sure: what they disagree with are their own mistakes, and the list is of those.
    @Test func ownMistakesAreNoFindings() throws {
        try reduce(job(wrong: 0)) { output throws in
            let trust = output.summary.trust
            let skill = try #require(trust.skill)
            #expect(skill > 0.75 && skill < 0.9, "\(skill)")
            #expect(try #require(output.summary.issues?.estimatedLabelErrors).value == 0)
            #expect(trust.reasons.contains { $0.hasSuffix("many of the first suspects are their own mistakes.") })
            #expect(trust.level == "weak")
        }
    }

    /// Enough wrong labels among the sure: their number is that of all, whatever the networks get wrong elsewhere.
    @Test func wrongLabelsAreCounted() throws {
        try reduce(job(wrong: 20)) { output throws in
            let errors = try #require(output.summary.issues?.estimatedLabelErrors, "\(output.summary.trust)")
            #expect(errors.interval[0] <= 20 && 20 <= errors.interval[1], "\(errors)")
            #expect(!output.summary.trust.reasons.contains { $0.contains("own mistakes") })
        }
    }
}
