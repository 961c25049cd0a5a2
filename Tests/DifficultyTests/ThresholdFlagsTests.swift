import Arrays
import Difficulty
import Files
import TestSupport
import Testing

/// Flags by threshold samples from evidence made by hand.
@Suite struct ThresholdFlagsTests {
    private static let epochs = 4
    /// At least half the peak at the first three.
    private static let rates = [0.1, 0.08, 0.05, 0.01]

    /// Margins (T x N) of two runs, the sets (r + 1 for run r), and the labels; the last `test` rows are the test split.
    private struct Evidence {
        var margins: [[[Float]]]
        var sets: [UInt8]
        var labels: [Int32]
        var test: Int
    }

    private func random(seed: UInt64, count: Int, samples: Int) -> Evidence {
        var generator = SeededGenerator(seed: seed)
        let test = 4
        var sets = [UInt8](repeating: 0, count: count)
        for (place, row) in (0..<count - test).shuffled(using: &generator).prefix(2 * samples).enumerated() {
            sets[row] = UInt8(1 + place % 2)
        }
        // Two examples without a label, no samples.
        var labels = (0..<count).map { Int32($0 % 3) }
        for row in sets.indices.filter({ sets[$0] == 0 && $0 < count - test }).prefix(2) { labels[row] = -1 }
        let margins = (0..<2).map { _ in
            (0..<Self.epochs).map { _ in (0..<count).map { _ in Float(generator.normal()) } }
        }
        return Evidence(margins: margins, sets: sets, labels: labels, test: test)
    }

    private func reduced<Result>(
        _ evidence: Evidence,
        runs: [Int] = [0, 1],
        _ body: (ScoreOutput) throws -> Result
    ) throws -> Result {
        let count = evidence.labels.count
        let isOut = (0..<count).map { $0 >= count - evidence.test || evidence.labels[$0] < 0 }
        var members: [Int: MemberArrays] = [:]
        for run in runs {
            members[run] = MemberArrays(
                heldOut: isOut.map { $0 ? 1 : 0 },
                // With the fake class, 3, among four: what other scores would take for evidence of three classes.
                pred: (0..<Self.epochs).map { _ in [UInt16](repeating: 3, count: count) },
                pLabel: (0..<Self.epochs).map { _ in [Float](repeating: 0.5, count: count) },
                margin: evidence.margins[run],
                finalLogits: (0..<count).map { _ in sure(3, of: 4) },
                learningRate: Self.rates,
                fit: 0.4
            )
        }
        let job = JobArrays(
            labels: evidence.labels,
            classes: ["a", "b", "c"],
            split: (0..<count).map { $0 >= count - evidence.test ? 1 : 0 },
            members: members,
            folds: 1,
            repeats: 2,
            k: 0,
            partial: runs.count < 2
        )
        return try withTemporaryFolder { folder in
            var spec = try write(job, to: folder)
            spec.thresholdSets = folder + "/sets.npy"
            spec.plan = .init(
                name: "threshold_samples",
                rounds: "runs",
                whyNoOthers: "It is a job of threshold_samples."
            )
            try Files.live.write(NPY.encode(NDArray(shape: [count], values: evidence.sets)), to: folder + "/sets.npy")
            return try body(ScoreOutput(folder: spec.outputDirectory, summary: ScoreRun.run(spec)))
        }
    }

    /// The mean margin of the epochs that count, by run and row.
    private func areas(_ evidence: Evidence) -> [[Double]] {
        evidence.margins.map { margins in
            evidence.labels.indices.map { row in (0..<3).map { Double(margins[$0][row]) }.reduce(0, +) / 3 }
        }
    }

    /// The percentile by the weights of the two order statistics around it, in hundredths: 99 (n-1) = 100 i + r.
    private func threshold(_ areas: [Double]) -> Double {
        let sorted = areas.sorted(by: >)
        let (i, r) = (99 * (sorted.count - 1)).quotientAndRemainder(dividingBy: 100)
        let fromTop = sorted.count - 1 - i
        return r == 0 ? sorted[fromTop] : (Double(100 - r) * sorted[fromTop] + Double(r) * sorted[fromTop - 1]) / 100
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func flagsAgreeWithAnotherComputation(seed: UInt64) throws {
        // Thresholds between two order statistics, and with 101 samples on one.
        let evidence = random(seed: seed, count: seed == 3 ? 260 : 90, samples: seed == 3 ? 101 : 20 + Int(seed))
        let areas = areas(evidence)
        let rows = evidence.labels.indices
        let thresholds = (0..<2).map { run in
            threshold(rows.filter { evidence.sets[$0] == UInt8(run + 1) }.map { areas[run][$0] })
        }
        let count = evidence.labels.count
        let expected = rows.map { row -> (area: Float, flag: Float) in
            let runs = (0..<2).filter { evidence.sets[row] != UInt8($0 + 1) }
            guard evidence.labels[row] >= 0, row < count - evidence.test else { return (.nan, .nan) }
            let mean = runs.map { areas[$0][row] }.reduce(0, +) / Double(runs.count)
            return (Float(mean), runs.contains { areas[$0][row] >= thresholds[$0] } ? 0 : 1)
        }
        try reduced(evidence) { output throws in
            let aum = try output.numbers("aum")
            let flags = try output.numbers("aum_flagged")
            for row in rows {
                #expect(agrees(aum[row], expected[row].area), "seed \(seed), row \(row)")
                #expect(agrees(flags[row], expected[row].flag), "seed \(seed), row \(row)")
            }
            let found = try #require(output.summary.thresholdSamples)
            #expect(found.percentile == 0.99)
            #expect(found.runs.map(\.run) == [0, 1])
            for run in 0..<2 {
                #expect(abs(found.runs[run].threshold - thresholds[run]) < 1e-9, "seed \(seed)")
                #expect(found.runs[run].samples == evidence.sets.count { $0 == UInt8(run + 1) })
            }
            #expect(found.judged == expected.count { !$0.flag.isNaN })
            #expect(found.flagged == expected.count { $0.flag == 1 })
            #expect(output.summary.warnings.contains { $0.code == "few_threshold_samples" } == (seed != 3))
            let flagged = try #require(rows.first { expected[$0].flag == 1 })
            #expect(try output.why(flagged).contains("a class that does not exist"))
        }
    }

    /// The other arrays are about labels that the networks do not share: no other column, and no accuracy or fit.
    @Test func nothingElseIsSaid() throws {
        try reduced(random(seed: 4, count: 60, samples: 12)) { output throws in
            #expect(try output.columns.map(\.name) == ["label", "aum", "aum_n", "aum_se", "aum_flagged"])
            let summary = output.summary
            #expect(summary.fit == nil && summary.learningCurves == nil && summary.issues == nil)
            #expect(summary.accuracy.heldout == nil && summary.accuracy.train == nil && summary.accuracy.test == nil)
            #expect(summary.groupCuts == nil && summary.groups.isEmpty)
            #expect(summary.trust.level != "good")
            #expect(!summary.warnings.contains { ["never_held_out", "not_interpolated"].contains($0.code) })
            let consistency = summary.notComputed.first { $0.score == "consistency" }
            #expect(consistency?.detail.contains("threshold_samples") == true)
            #expect(!summary.notComputed.contains { ["aum", "aum_flagged", "c_score"].contains($0.score) })
            #expect(Set(summary.reliability.keys) == ["aum", "aum_flagged"])
        }
    }

    /// With one run its own threshold samples have neither score.
    @Test func oneRunAlone() throws {
        let evidence = random(seed: 5, count: 60, samples: 15)
        try reduced(evidence, runs: [1]) { output throws in
            let flags = try output.numbers("aum_flagged")
            let aum = try output.numbers("aum")
            for row in 0..<56 where evidence.labels[row] >= 0 {
                #expect(flags[row].isNaN == (evidence.sets[row] == 2) && aum[row].isNaN == flags[row].isNaN)
            }
            #expect(output.summary.thresholdSamples?.runs.map(\.run) == [1])
            #expect(output.summary.trust.reasons.contains { $0.hasPrefix("Only 1 of 2 runs") })
        }
    }

    /// Other jobs have no such column and no such key.
    @Test func otherPlansHaveNone() throws {
        let member = MemberArrays(heldOut: [0, 1], margin: [[1, 2]])
        let job = JobArrays(labels: [0, 1], classes: ["a", "b"], members: [0: member], folds: 2, repeats: 1)
        try reduce(job) { output throws in
            #expect(try !output.columns.map(\.name).contains("aum_flagged"))
            #expect(output.summary.thresholdSamples == nil)
            #expect(!output.summary.notComputed.contains { $0.score == "aum_flagged" })
            let text = String(decoding: try Files.live.read(output.folder + "/summary.json"), as: UTF8.self)
            #expect(!text.contains("threshold_samples"))
        }
    }
}
