import Difficulty
import TestSupport
import Testing

/// The cuts of the two-dimensional map: fixed ones, and the quartiles of the job.
@Suite struct GroupCutsTests {
    /// Layers above the input.
    private static let layers = 8

    /// Depths of each example in the two members that hold it out and the two that train on it; a depth above the last
    /// layer is undefined.
    private struct Depths {
        var heldOut: [Int]
        var train: [Int]
    }

    /// Two repeats of two folds; test examples, last, are held out by all four members.
    private func job(_ rows: [Depths], test: [[Int]] = [], options: ScoreOptions?) -> JobArrays {
        let count = rows.count + test.count
        var members: [Int: MemberArrays] = [:]
        for index in 0..<4 {
            let held = (0..<count).map { $0 >= rows.count || $0 % 2 == index % 2 }
            let depths = (0..<count).map { row in
                row >= rows.count
                    ? test[row - rows.count][index]
                    : held[row] ? rows[row].heldOut[index / 2] : rows[row].train[index / 2]
            }
            members[index] = MemberArrays(
                heldOut: held.map { $0 ? 1 : 0 },
                finalLogits: depths.map { _ in sure(1, of: 2) },
                votes: (0...Self.layers).map { layer in depths.map { layer >= $0 ? 1 : 0 } }
            )
        }
        var job = JobArrays(
            labels: (0..<count).map { Int32($0 % 2) },
            classes: ["a", "b"],
            split: (0..<count).map { $0 < rows.count ? 0 : 1 },
            members: members,
            folds: 2,
            repeats: 2
        )
        job.options = options
        return job
    }

    private func random(seed: UInt64, count: Int) -> [Depths] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { row in
            // Half of the examples agree between members, so that some are clear of the cuts.
            func pair() -> [Int] {
                let first = Int.random(in: 0...Self.layers + 1, using: &generator)
                return [first, row % 2 == 0 ? first : Int.random(in: 0...Self.layers + 1, using: &generator)]
            }
            return Depths(heldOut: pair(), train: pair())
        }
    }

    /// Eight times the quartile of means of two depths, in layers, without a fraction: position k (n-1) / 4 lies r quarters
    /// behind place i.
    private func eightfoldQuartile(_ pairs: [[Int]], _ k: Int) -> Int {
        let sums = pairs.map { $0[0] + $0[1] }.sorted()
        let (i, r) = (k * (sums.count - 1) / 4, k * (sums.count - 1) % 4)
        return r == 0 ? 4 * sums[i] : (4 - r) * sums[i] + r * sums[i + 1]
    }

    /// Of two depths the mean is as far from each as its standard error: below a cut by an error is below it with both.
    private func side(_ pair: [Int], _ low: Int, _ high: Int) -> Character {
        if pair.allSatisfy({ 8 * $0 <= low }) { return "l" }
        return pair.allSatisfy { 8 * $0 >= high } ? "h" : "-"
    }

    private let names = [
        "ll": "easy", "lh": "looks_like_another_class", "hl": "ambiguous_without_label", "hh": "ambiguous",
    ]

    /// Neither test examples nor planted labels move the cuts, extreme as theirs are here; all but the former have a group.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func quartilesAreThoseOfTheJobsOwnExamples(seed: UInt64) throws {
        var rows = random(seed: seed, count: 41 + Int(seed))
        let planted = [3, 8, 20, 21]
        for row in planted { rows[row] = Depths(heldOut: [9, 9], train: [0, 0]) }
        var job = job(
            rows,
            test: [[0, 0, 0, 0], [9, 9, 9, 9], [0, 0, 0, 0]],
            options: ScoreOptions(groupCuts: .quartiles)
        )
        let own = job.labels
        var parts = job.split!.enumerated().map { row, split in split != 0 ? 0 : row % 4 < 2 ? 1 : 3 } as [UInt8]
        for row in planted {
            parts[row] += 1
            job.labels[row] = 1 - own[row]
        }
        job.planted = (own, parts)
        let counted = rows.indices.filter { !planted.contains($0) }.map { rows[$0] }
        let x = [1, 3].map { eightfoldQuartile(counted.map(\.heldOut), $0) }
        let y = [1, 3].map { eightfoldQuartile(counted.map(\.train), $0) }
        try #require(x[0] < x[1] && y[0] < y[1], "seed \(seed)")
        let expected: [String?] = rows.map { row in
            names["\(side(row.heldOut, x[0], x[1]))\(side(row.train, y[0], y[1]))"] ?? "intermediate"
        }
        try reduce(job) { output throws in
            #expect(try output.categories("group") == expected + [nil, nil, nil], "seed \(seed)")
            let cuts = try #require(output.summary.groupCuts)
            #expect(cuts.rule == .quartiles)
            for (cut, eightfold) in [
                (cuts.heldout.low, x[0]), (cuts.heldout.high, x[1]), (cuts.train.low, y[0]), (cuts.train.high, y[1]),
            ] {
                #expect(abs(cut - Double(eightfold) / Double(8 * Self.layers)) < 1e-12, "seed \(seed)")
            }
            #expect(!output.summary.warnings.contains { $0.code == "quartiles_not_used" })
        }
    }

    /// Four fifths of the training depths are 0: q25 = q75 there, so the fixed cuts hold on both axes.
    @Test func equalQuartilesFallBackToTheFixedCuts() throws {
        var rows = random(seed: 5, count: 40)
        for row in rows.indices where row % 5 > 0 { rows[row].train = [0, 0] }
        let fixed = try reduce(job(rows, options: ScoreOptions(lowDepth: 0.125))) { output throws in
            #expect(!output.summary.warnings.contains { $0.code == "quartiles_not_used" })
            #expect(output.summary.groupCuts?.rule == .fixed)
            return try output.categories("group")
        }
        let asked = job(rows, options: ScoreOptions(lowDepth: 0.125, groupCuts: .quartiles))
        try reduce(asked) { output throws in
            #expect(try output.categories("group") == fixed)
            let cuts = try #require(output.summary.groupCuts)
            #expect(cuts.rule == .fixed)
            #expect(cuts.heldout == cuts.train)
            #expect(cuts.heldout.low == 0.125 && cuts.heldout.high == 0.5)
            let warning = try #require(output.summary.warnings.first { $0.code == "quartiles_not_used" })
            #expect(warning.detail.contains("0.125 and 0.5 on both axes"))
        }
    }

    /// Without an example that has both depths there are no quartiles.
    @Test func quartilesOfNothing() throws {
        var job = job(random(seed: 6, count: 12), options: ScoreOptions(groupCuts: .quartiles))
        job.members = [0: job.members[0]!]
        job.partial = true
        try reduce(job) { output throws in
            #expect(output.summary.groupCuts?.rule == .fixed)
            #expect(try output.codes("group").allSatisfy { $0 == -1 })
        }
    }
}
