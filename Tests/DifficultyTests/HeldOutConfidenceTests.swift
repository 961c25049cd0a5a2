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
        #expect(abs(perfect.ceiling - 0.8) < 1e-6)
        #expect(abs(perfect.skill(accuracy: 0.8, majority: 0.5) - 1) < 1e-6)
    }

    /// One that is sure of some and not of others would get some wrong whatever the labels.
    @Test func whatIsNotKnownIsItsOwnMistake() throws {
        let half = try confidence((0..<100).map { $0 < 50 ? 1 : 0.6 })
        #expect(half.ceiling == 1)
        #expect(abs(half.skill(accuracy: 0.8, majority: 0.5) - 0.6) < 1e-6)
    }

    /// Wrong labels are counted where the networks are surest, whatever they get wrong elsewhere: of 400 examples 100 are sure, 5
    /// of which disagree, and of the others half.
    @Test func wrongLabelsAreCountedWhereTheNetworksAreSure() throws {
        let labels = (0..<400).map { Int32($0 < 100 ? ($0 < 5 ? 1 : 0) : $0 % 2) }
        let probabilities: [Float] = (0..<400).flatMap { $0 < 100 ? [0.99, 0.01] : [0.6, 0.4] }
        let wrong = try #require(HeldOutConfidence(labels: labels, probabilities: probabilities, classes: 2))
            .wrongLabels
        // The quarter begins one below the sure ones, whose label agrees or not.
        #expect(abs(wrong.value - 20) < 4 && wrong.low > 8 && wrong.low < 12 && wrong.high > 40 && wrong.high < 52)
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
