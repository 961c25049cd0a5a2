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

    /// 100 planted labels and 1,000 of the user's own, 50 of which are wrong and look like planted ones: in each of ten
    /// levels of suspicion there are 10 planted and 5 wrong ones, and right ones from the fifth level on.
    @Test func theRateOfErrorsFollowsFromThePlanted() throws {
        var suspicion: [Float] = []
        var isPlanted: [Bool] = []
        for level in 0..<10 {
            let others = 5 + (level < 4 ? 0 : level < 9 ? 10 : 900)
            suspicion += Array(repeating: Float(10 - level), count: 10 + others)
            isPlanted += Array(repeating: true, count: 10) + Array(repeating: false, count: others)
        }
        let separation = Separation(suspicion: suspicion, isPlanted: isPlanted)
        let rate = try #require(NoiseRate(separation))
        #expect(near(rate.value, 0.05) && rate.low < 0.05 && rate.high > 0.05)
        // The first nine levels flag 90 planted ones and 95 others, of which 45 are wrong.
        let precision = try #require(rate.precision(found: 90, of: 100, flagged: 0.095))
        #expect(
            near(precision.value, 0.045 / 0.095) && precision.low < precision.value && precision.value < precision.high
        )
        #expect(rate.precision(found: 0, of: 0, flagged: 0.1) == nil)
        #expect(rate.precision(found: 1, of: 2, flagged: 0) == nil)
    }

    @Test func withoutFindingPlantedOnesThereIsNoRate() {
        #expect(NoiseRate(Separation(suspicion: [.nan, 1], isPlanted: [true, false])) == nil)
        #expect(NoiseRate(Separation(suspicion: [1, 2], isPlanted: [false, false])) == nil)
        #expect(NoiseRate(Separation(suspicion: [2], isPlanted: [true])) == nil)
    }
}
