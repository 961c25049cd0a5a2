import Arrays
import Difficulty
import Files
import Foundation
import TestSupport
import Testing

/// Influence of training examples on others, against a computation pair by pair.
@Suite struct InfluenceTests {
    private static let count = 24
    private static let members = 210
    /// Rows 20 to 23 are the dataset's own test examples; row 19 has no label.
    private static let split: [UInt8] = (0..<count).map { $0 >= 20 ? 1 : 0 }
    private static let labels: [Int32] = (0..<count).map { $0 == 19 ? -1 : Int32($0 % 2) }

    private struct Outcome {
        var heldOut: [UInt8]
        var right: [Bool]
    }

    /// Each member trains on 70 % of the rows by lot. Row 20 is right exactly where row 3 is trained on, row 5 mostly where
    /// row 4 is, row 21 always, row 22 never, all others by lot.
    private static func outcomes(seed: UInt64) -> [Outcome] {
        var generator = SeededGenerator(seed: seed)
        return (0..<members).map { _ in
            let heldOut = (0..<count).map { row -> UInt8 in
                split[row] == 1 || labels[row] < 0 || Double.random(in: 0..<1, using: &generator) < 0.3 ? 1 : 0
            }
            let right = (0..<count).map { row in
                switch row {
                case 20: return heldOut[3] == 0
                case 5: return Double.random(in: 0..<1, using: &generator) < (heldOut[4] == 0 ? 0.95 : 0.05)
                case 21: return true
                case 22: return false
                default: return Double.random(in: 0..<1, using: &generator) < 0.6
                }
            }
            return Outcome(heldOut: heldOut, right: right)
        }
    }

    private static func job(_ outcomes: [Outcome], ratios: [Double]? = [0.7], partial: Bool = false) -> JobArrays {
        var members: [Int: MemberArrays] = [:]
        for (index, outcome) in outcomes.enumerated() {
            members[index] = MemberArrays(
                heldOut: outcome.heldOut,
                finalLogits: zip(labels, outcome.right).map { sure($0 < 0 ? 0 : Int($1 ? $0 : 1 - $0), of: 2) }
            )
        }
        let folds = ratios?.count ?? 1
        return JobArrays(
            labels: labels,
            classes: ["a", "b"],
            split: split,
            members: members,
            folds: folds,
            repeats: outcomes.count / folds,
            ratios: ratios,
            partial: partial
        )
    }

    private struct Pair {
        var row: Int
        var value: Double
        var error: Double
        var p: Double
    }

    /// The definition, member by member.
    private func expected(_ outcomes: [Outcome], on x: Int) -> [Pair] {
        guard Self.labels[x] >= 0 else { return [] }
        let unseen = outcomes.filter { $0.heldOut[x] == 1 }
        let pairs = (0..<Self.count).compactMap { i -> Pair? in
            let with = unseen.filter { $0.heldOut[i] == 0 }.map { $0.right[x] ? 1.0 : 0 }
            let without = unseen.filter { $0.heldOut[i] == 1 }.map { $0.right[x] ? 1.0 : 0 }
            guard with.count >= 2, without.count >= 2 else { return nil }
            func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
            func variance(_ values: [Double]) -> Double {
                let center = mean(values)
                return values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)
                    / Double(values.count)
            }
            let value = mean(with) - mean(without)
            guard value > 0 else { return nil }
            return Pair(
                row: i,
                value: value,
                error: (variance(with) + variance(without)).squareRoot(),
                p: tail(Int(with.reduce(0, +)), with.count, Int((with + without).reduce(0, +)), unseen.count)
            )
        }
        return Array(pairs.sorted { ($1.value, $0.row) < ($0.value, $1.row) }.prefix(20))
    }

    /// P(at least `k` of `n` drawn are among the `successes` of `all`), by products of ratios.
    private func tail(_ k: Int, _ n: Int, _ successes: Int, _ all: Int) -> Double {
        func choose(_ n: Int, _ k: Int) -> Double {
            guard k >= 0, k <= n else { return 0 }
            return (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
        }
        return (k...n).reduce(0) { $0 + choose(successes, $1) * choose(all - successes, n - $1) / choose(all, n) }
    }

    @Test(arguments: [1, 2]) func everyPairAgreesWithTheDefinition(seed: UInt64) throws {
        let outcomes = Self.outcomes(seed: seed)
        try reduce(Self.job(outcomes)) { output throws in
            func part<Element: ArrayElement>(_ name: String, _ type: Element.Type) throws -> [Element] {
                let array = try MappedArray<Element>(path: "\(output.folder)/detail_influence_\(name).npy").array()
                #expect(array.shape == [Self.count, 20])
                return array.values
            }
            let (rows, values) = (try part("idx", Int32.self), try part("value", Float.self))
            let (errors, flags) = (try part("se", Float.self), try part("significant", UInt8.self))
            let summary = try #require(output.summary.influence)
            // 19 labelled training rows; all but row 19 are held out and labelled.
            #expect(summary.needs == nil && summary.members == Self.members && summary.pairs == 19 * 23)
            var significant = 0
            for x in 0..<Self.count {
                let want = expected(outcomes, on: x)
                for place in 0..<20 {
                    let cell = x * 20 + place
                    guard place < want.count else {
                        #expect(rows[cell] == -1 && values[cell].isNaN && errors[cell].isNaN && flags[cell] == 0)
                        continue
                    }
                    let pair = want[place]
                    #expect(rows[cell] == Int32(pair.row), "\(x) \(place)")
                    #expect(agrees(values[cell], Float(pair.value)) && agrees(errors[cell], Float(pair.error)))
                    #expect((flags[cell] == 1) == (pair.p * Double(19 * 23) <= 0.05), "\(x) \(pair)")
                    significant += Int(flags[cell])
                }
            }
            #expect(summary.significant == significant)
            // The planted ones, and nothing of what is always or never right.
            #expect(rows[20 * 20] == 3 && values[20 * 20] == 1 && errors[20 * 20] == 0 && flags[20 * 20] == 1)
            #expect(rows[5 * 20] == 4 && flags[5 * 20] == 1)
            #expect(rows[21 * 20] == -1 && rows[22 * 20] == -1 && rows[19 * 20] == -1)
            #expect(significant <= 3)
        }
    }

    @Test func whatItNeedsIsSaid() throws {
        let outcomes = Self.outcomes(seed: 3)
        func needs(_ job: JobArrays) throws -> String? {
            try reduce(job) { output in
                #expect(!Files.live.exists("\(output.folder)/detail_influence_idx.npy"))
                return output.summary.influence?.needs
            }
        }
        #expect(
            try needs(Self.job(Array(outcomes.prefix(40))))?.contains("at least 200 networks; the job has 40") == true
        )
        #expect(try needs(Self.job(outcomes, ratios: [0.3, 0.7]))?.contains("a single train ratio") == true)
        #expect(try needs(Self.job(outcomes, partial: true))?.contains("when all networks have finished") == true)
        #expect(try needs(Self.job(Array(outcomes.prefix(4)), ratios: nil)) == nil)
        var job = Self.job(outcomes)
        for index in 0..<20 { job.members[index] = nil }
        job.excluded = 20
        #expect(try needs(job)?.contains("190 have finished and learned") == true)
    }
}
