import Difficulty
import Testing

/// Detection of planted labels, against figures computed by hand.
@Suite struct SeparationTests {
    /// From the most suspect one: planted, other, planted, other, other.
    private let plain = Separation(
        suspicion: [0.1, 0.9, 0.7, 0.5, 0.3],
        isPlanted: [false, true, false, true, false]
    )

    private func near(_ value: Double?, _ expected: Double) -> Bool { abs((value ?? .nan) - expected) < 1e-15 }

    @Test func withoutTies() throws {
        // Of the 2 x 3 pairs only (0.5, 0.7) is in the wrong order.
        #expect(near(plain.areaUnderCurve, 5.0 / 6))
        // Precision 1/1 at the first, 2/3 at the second.
        #expect(near(plain.averagePrecision, 5.0 / 6))
        #expect(plain.top(2).precision == 0.5 && plain.top(2).recall == 0.5)
        #expect(near(plain.top(3).precision, 2.0 / 3) && plain.top(3).recall == 1)
    }

    @Test func tiesAreTakenTogether() throws {
        // Levels: 2 (1 planted, 1 other), 1 (1 planted, 2 others), 0 (1 other).
        let tied = Separation(suspicion: [2, 2, 1, 1, 1, 0], isPlanted: [true, false, true, false, false, false])
        // (3 below + 1/2) + (1 below + 2/2) of 2 x 4 pairs.
        #expect(near(tied.areaUnderCurve, 5.5 / 8))
        // 1/2 at the first level, 2/5 at the second.
        #expect(near(tied.averagePrecision, 0.45))
        // The third place is one of three tied ones, of which one is planted.
        #expect(near(tied.top(3).precision, 4.0 / 9))
        #expect(near(tied.top(3).recall, 2.0 / 3))
    }

    @Test func whatHasNoValueIsFoundLastAndNeverFlagged() throws {
        let partly = Separation(suspicion: [.nan, 1, 0, .nan], isPlanted: [true, true, false, false])
        // The known one is before both others; the unknown one ties with one of them.
        #expect(near(partly.areaUnderCurve, 2.5 / 4))
        #expect(near(partly.averagePrecision, 0.75))
        #expect(partly.top(3).precision == 0.5 && partly.top(3).recall == 0.5)
        #expect(partly.flagged(from: -.infinity) == (1, 1))
    }

    @Test func aCutFlagsAboutAsManyAsWanted() {
        #expect(plain.cut(near: 2) == 0.7)
        #expect(plain.flagged(from: 0.7) == (1, 1))
        // Cuts flag 1, 2, 5 or 6 of these.
        let tied = Separation(suspicion: [4, 3, 2, 2, 2, 1], isPlanted: [true, true, true, false, false, false])
        #expect(tied.cut(near: 3) == 3)
        #expect(tied.cut(near: 4) == 2)
        #expect(Separation(suspicion: [.nan], isPlanted: [true]).cut(near: 1) == nil)
    }

    @Test func oneKindAloneHasNoCurve() {
        #expect(Separation(suspicion: [1, 2], isPlanted: [false, false]).areaUnderCurve == nil)
        #expect(Separation(suspicion: [1, 2], isPlanted: [false, false]).averagePrecision == nil)
        #expect(Separation(suspicion: [1, 2], isPlanted: [true, true]).areaUnderCurve == nil)
        #expect(Separation(suspicion: [], isPlanted: []).top(1).precision == nil)
    }

    @Test func thePrecisionOfACutAtAnotherRateOfErrors() throws {
        // 1000 examples, 20 of them wrong: 16 are flagged, and 49 of the 980 right ones.
        let rare = try #require(ExpectedPrecision.value(noise: 0.02, truePositive: 0.8, falsePositive: 0.05))
        #expect(near(rare, 16.0 / 65))
        // At the rate of 20 % that it was found at: 160 of 200, and 40 of 800.
        let frequent = try #require(ExpectedPrecision.value(noise: 0.2, truePositive: 0.8, falsePositive: 0.05))
        #expect(near(frequent, 0.8))
        #expect(ExpectedPrecision.value(noise: 0, truePositive: 1, falsePositive: 0.1) == 0)
        #expect(ExpectedPrecision.value(noise: 0, truePositive: 1, falsePositive: 0) == nil)
    }
}
