import Difficulty
import Testing

/// The improvement of answers by middle layers, on members whose every vote is known.
@Suite struct MiddleLayerTests {
    private static let count = 400

    /// Two classes, four probes (input, two layers, softmax), two members that hold everything out in turn.
    ///
    /// - Parameters:
    ///   - isFooled: examples on which the network answers the wrong class though probe 1 is right, unanimously.
    ///   - isLucky: examples decided as late, on which the network is right and probe 1 wrong with a bare majority.
    private func job(isFooled: (Int) -> Bool, isLucky: (Int) -> Bool) -> JobArrays {
        let count = Self.count
        let labels = (0..<count).map { Int32($0 % 2) }
        var members: [Int: MemberArrays] = [:]
        for index in 0..<4 {
            let own = labels.map { UInt16($0) }
            let other = labels.map { UInt16(1 - $0) }
            let rows = Array(0..<count)
            let final = rows.map { isFooled($0) ? other[$0] : own[$0] }
            let middle = rows.map { isLucky($0) ? other[$0] : own[$0] }
            members[index] = MemberArrays(
                heldOut: rows.map { ($0 / 2) % 2 == index % 2 ? 1 : 0 },
                finalLogits: final.map { sure(Int($0), of: 2) },
                votes: [middle, middle, final, final],
                voteShare: [
                    Array(repeating: 4, count: count), rows.map { isLucky($0) ? 6 : 10 },
                    Array(repeating: 9, count: count), Array(repeating: 10, count: count),
                ]
            )
        }
        return JobArrays(labels: labels, classes: ["a", "b"], members: members, folds: 2, repeats: 2, k: 10)
    }

    @Test func findsTheRuleAndMeasuresItElsewhere() throws {
        let found = try reduce(job(isFooled: { $0 % 10 == 3 }, isLucky: { $0 % 10 == 4 })) { output in
            try #require(output.summary.middleLayers)
        }
        let rule = try #require(found.rule)
        // Probe 1 agrees with more than 6 of 10 only where the network is fooled, or where nothing changes.
        #expect(rule.probe == 1)
        #expect(rule.shareFrom > 0.6)
        #expect(found.spoiled == 0 && found.repaired > 0)
        #expect(found.ruleAccuracy == 1)
        #expect(abs(found.gain - (found.ruleAccuracy - found.networkAccuracy)) < 1e-12)
        // One example in ten, measured on about half of them.
        #expect((100...300).contains(found.n))
        #expect(abs(found.gain - 0.1) < 0.05)
        let interval = try #require(found.gainInterval)
        #expect(interval[0] > 0.03 && interval[0] < found.gain && interval[1] > found.gain && interval[1] < 0.25)
    }

    @Test func offersNoRuleWhereNoneGains() throws {
        let found = try reduce(job(isFooled: { _ in false }, isLucky: { $0 % 5 == 0 })) { output in
            try #require(output.summary.middleLayers)
        }
        #expect(found.rule == nil && found.gainInterval == nil)
        #expect(found.gain == 0 && found.repaired == 0 && found.spoiled == 0)
        #expect(found.networkAccuracy == 1)
    }

    @Test func isLeftOutWithoutShares() throws {
        var arrays = job(isFooled: { $0 == 1 }, isLucky: { _ in false })
        for index in arrays.members.keys { arrays.members[index]?.voteShare = nil }
        try reduce(arrays) { output in
            #expect(output.summary.middleLayers == nil)
        }
    }
}
