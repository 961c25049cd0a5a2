import Difficulty
import Testing

/// What the labels permit, told from how sure held-out networks are.
struct HeldOutConfidenceTests {
    /// N examples of two classes, half and half, of which the networks are this sure.
    private func confidence(_ sure: [Float]) throws -> HeldOutConfidence {
        try #require(
            HeldOutConfidence(
                labels: sure.indices.map { Int32($0 % 2) },
                probabilities: sure.flatMap { [$0, 1 - $0] },
                classes: 2
            )
        )
    }

    /// A network that knows everything is as sure of every example as the labels are right, and reaches all that they permit.
    @Test func wrongLabelsAreNoWantOfSkill() throws {
        let perfect = try confidence(Array(repeating: 0.8, count: 100))
        #expect(abs(perfect.ceiling - 0.8) < 1e-6 && perfect.ownMistakes < 1e-4)
        #expect(abs(perfect.skill(accuracy: 0.8, majority: 0.5) - 1) < 1e-6)
    }

    /// One that is sure of some and not of others would get some wrong whatever the labels.
    @Test func whatIsNotKnownIsItsOwnMistake() throws {
        let half = try confidence((0..<100).map { $0 < 50 ? 1 : 0.6 })
        #expect(half.ceiling == 1 && abs(half.ownMistakes - 20) < 1e-3)
        #expect(abs(half.skill(accuracy: 0.8, majority: 0.5) - 0.6) < 1e-6)
    }

    /// One that is sure of nothing is not kept down by the labels.
    @Test func nobodyHidesBehindTheLabels() throws {
        let weak = try confidence(Array(repeating: 0.55, count: 100))
        #expect(weak.ceiling == 0.7)
        #expect(weak.skill(accuracy: 0.55, majority: 0.5) < 0.3)
        #expect(weak.skill(accuracy: 0.3, majority: 0.5) == 0)
    }

    @Test func whereNothingIsHeldOutNothingIsSaid() {
        #expect(HeldOutConfidence(labels: [0, 1], probabilities: Array(repeating: .nan, count: 4), classes: 2) == nil)
        #expect(HeldOutConfidence(labels: [-1, -1], probabilities: [1, 0, 0, 1], classes: 2) == nil)
    }
}
