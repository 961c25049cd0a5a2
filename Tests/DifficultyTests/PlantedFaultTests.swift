import Arrays
import Difficulty
import Files
import Foundation
import TestSupport
import Testing

/// Blobs with one mislabelled point per class, learned by real (if tiny) networks: softmax regression, trained here with
/// everything that a worker would observe.
@Suite struct PlantedFaultTests {
    private static let classes = 3
    private static let count = 90
    private static let faults: Set<Int> = [10, 41, 68]

    /// Scores that must rank exactly the mislabelled points worst.
    @Test(arguments: [5, 6] as [UInt64]) func everyNoiseSensitiveScoreRanksTheFaultsWorst(seed: UInt64) throws {
        try reduce(Self.job(seed: seed)) { output throws in
            let ranked = [
                "issue_score", "self_confidence", "normalized_margin", "consistency", "cumulative_binary_loss", "el2n",
                "aum", "datamap_confidence", "datamap_correctness", "forgetting_events", "forgetting_rate",
                "never_learned", "presentations_to_learn", "input_knn",
            ]
            for name in ranked {
                let harder: Bool = try #require(ScoreManifest.current[name]?.higherIsHarder as Bool?)
                let values = try output.numbers(name).map { harder ? $0 : -$0 }
                let worst = Set(values.indices.sorted { values[$0] > values[$1] }.prefix(Self.faults.count))
                let gap =
                    Self.faults.map { values[$0] }.min()! - values.indices.filter { !Self.faults.contains($0) }
                    .map { values[$0] }.max()!
                #expect(worst == Self.faults && gap > 0, "\(name), seed \(seed)")
            }
            // The confident joint lists only those whose other class is at least as probable as it is for its own
            // examples on average: at least one of the three, and nothing else.
            let issues = try output.issues.filter { $0.type == "mislabelled" }
            #expect(!issues.isEmpty && Set(issues.map(\.rowIndex)).isSubset(of: Self.faults), "seed \(seed)")
            for issue in issues {
                let original = ["a", "b", "c"][issue.rowIndex % 3]
                #expect(issue.suggestedLabel == original && issue.label != original)
                #expect(try output.why(issue.rowIndex).hasSuffix("Typical of a wrong label."))
            }
            let summary = try #require(output.summary.issues)
            let errors = try #require(summary.estimatedLabelErrors)
            #expect(errors.interval[0] <= 3 && 3 <= errors.interval[1])
            #expect(summary.byType["mislabelled"] == issues.count)
            #expect(summary.reviewCurve.last?.first == summary.total)
            #expect(output.summary.trust.level == "good", "\(output.summary.trust.reasons)")
            #expect(try #require(output.summary.reliability["issue_score"]?.spearmanBrown) > 0.7)
            let inputKNN = try #require(output.summary.accuracy.inputKNN)
            #expect(inputKNN > 0.9)
        }
    }

    /// The same faults, planted by the job: the same scores, but nothing of them is reported as the user's.
    @Test(arguments: [5, 6] as [UInt64]) func plantedLabelsMeasureAndAreNoFindings(seed: UInt64) throws {
        var job = Self.job(seed: seed)
        let own = (0..<Self.count).map { Int32($0 % 3) }
        var parts = (0..<Self.count).map { UInt8($0 / 3 % 2 == 0 ? 1 : 3) }
        for (row, part) in [(10, 2), (41, 4), (68, 4)] { parts[row] = UInt8(part) }
        let plain = try reduce(job) { try $0.numbers("issue_score") }
        job.planted = (own, parts)
        try reduce(job) { output throws in
            #expect(try output.numbers("issue_score") == plain)
            #expect(try output.codes("label") == own)
            #expect(try output.numbers("planted") == (0..<Self.count).map { Self.faults.contains($0) ? 1 : 0 })
            #expect(try output.issues.allSatisfy { !Self.faults.contains($0.rowIndex) })
            for row in Self.faults {
                #expect(try output.codes("suggested_label")[row] == -1 && output.codes("issue_type")[row] == -1)
                #expect(try output.why(row).hasPrefix("This job planted the label "))
            }
            let summary = output.summary
            #expect(summary.depthByClass.map(\.n) == [30, 30, 30])
            #expect(summary.groups.values.reduce(0, +) == 87)
            let histogram = try #require(summary.histograms["issue_score"])
            #expect(histogram.undefined == 0 && histogram.counts.reduce(0, +) == 87)
            #expect(summary.confusion?.suggested.flatMap { $0 }.reduce(0, +) == 87)
            #expect(try #require(summary.issues?.estimatedLabelErrors).value == 0)

            let calibration = try #require(summary.calibration)
            #expect(calibration.planted == 3 && calibration.plantedChoosing == 1 && calibration.plantedChecking == 2)
            #expect(calibration.examplesChecking == parts.count { $0 > 2 })
            for name in ["issue_score", "normalized_margin", "cumulative_binary_loss", "aum", "input_knn"] {
                let score = try #require(calibration.scores.first { $0.score == name })
                #expect(score.auroc == 1 && score.averagePrecision == 1, "\(name), seed \(seed)")
                #expect(score.precision == 1 && score.recall == 1, "\(name), seed \(seed)")
            }
            #expect(calibration.beatsBaseline == false && calibration.sentences[0].contains("as well as input_knn"))
            #expect(summary.trust.reasons.allSatisfy { !$0.contains("input_knn") }, "\(summary.trust.reasons)")
            // All labels predicted, by networks and by neighbours.
            #expect(summary.accuracy.heldoutInterval?.last == 1)
            let chosen = try #require(calibration.chosen)
            // Three planted labels say nothing of a rate.
            #expect(chosen.score == "issue_score" && chosen.noiseRate == nil && chosen.expectedPrecision == nil)
        }
        #expect(try reduce(Self.job(seed: seed)) { $0.summary.calibration } == nil)
    }

    @Test func trainedScoresThatAreWorseThanTheBaselineAreSaidToBe() throws {
        var job = Self.job(seed: 5)
        let own = (0..<Self.count).map { Int32($0 % 3) }
        var parts = (0..<Self.count).map { UInt8($0 / 3 % 2 == 0 ? 1 : 3) }
        for (row, part) in [(10, 2), (41, 4), (68, 4)] { parts[row] = UInt8(part) }
        job.planted = (own, parts)
        // Networks that learned nothing, beside neighbours that know it all.
        job.members = job.members.mapValues { member in
            var ignorant = member
            ignorant.heldOutLogits = member.heldOutLogits?.map { $0.map { _ in [0, 0, 0] } }
            ignorant.finalLogits = (0..<Self.count).map { _ in [1, 0, 0] }
            ignorant.pred = nil
            ignorant.pLabel = nil
            ignorant.margin = nil
            ignorant.pSquared = nil
            return ignorant
        }
        try reduce(job) { output throws in
            let calibration = try #require(output.summary.calibration)
            #expect(calibration.scores.first?.score == "input_knn" && calibration.beatsBaseline == false)
            #expect(calibration.sentences[0].hasPrefix("The trained scores do not beat input_knn"))
            #expect(output.summary.trust.level != "good")
            #expect(
                output.summary.trust.reasons.contains {
                    $0.hasPrefix("Of the labels planted in this job the trained scores")
                }
            )
            #expect(output.summary.warnings.contains { $0.code == "planted_labels" })
        }
    }

    @Test func aPartThatDoesNotFitTheLabelsIsRefused() throws {
        var job = Self.job(seed: 5)
        job.planted = ((0..<Self.count).map { Int32($0 % 3) }, [UInt8](repeating: 1, count: Self.count))
        #expect(throws: DifficultyError.self) { try reduce(job) { _ in } }
    }

    private static func job(seed: UInt64) -> JobArrays {
        var generator = SeededGenerator(seed: seed)
        let points = (0..<count).map { row -> [Double] in
            let angle = Double(row % 3) * 2 * .pi / 3
            return [4 * cos(angle) + 0.6 * generator.normal(), 4 * sin(angle) + 0.6 * generator.normal(), 1]
        }
        let labels = (0..<count).map { Int32(faults.contains($0) ? ($0 + 1) % 3 : $0 % 3) }
        var members: [Int: MemberArrays] = [:]
        for repeated in 0..<4 {
            let order = (0..<count).shuffled(using: &generator)
            for fold in 0..<3 {
                var held = [UInt8](repeating: 0, count: count)
                for (position, row) in order.enumerated() where position % 3 == fold { held[row] = 1 }
                members[repeated * 3 + fold] = train(points, labels: labels, held: held, generator: &generator)
            }
        }
        return JobArrays(
            labels: labels,
            classes: ["a", "b", "c"],
            members: members,
            folds: 3,
            repeats: 4,
            k: 7
        )
    }

    /// Softmax regression by full-batch gradient descent, observed at the end of each epoch.
    private static func train(
        _ points: [[Double]],
        labels: [Int32],
        held: [UInt8],
        generator: inout SeededGenerator
    ) -> MemberArrays {
        let epochs = 12
        var weights = (0..<classes * 3).map { _ in generator.normal() * 0.01 }
        func logits(_ row: Int) -> [Double] {
            (0..<classes).map { c in (0..<3).reduce(0) { $0 + weights[c * 3 + $1] * points[row][$1] } }
        }
        func softmax(_ z: [Double]) -> [Double] {
            let e = z.map { exp($0 - z.max()!) }
            return e.map { $0 / e.reduce(0, +) }
        }
        func argmax(_ z: [Double]) -> UInt16 { UInt16(z.indices.max { z[$0] < z[$1] }!) }
        let rows = points.indices.filter { held[$0] == 0 }
        let heldRows = points.indices.filter { held[$0] != 0 }
        var member = MemberArrays(
            heldOut: held,
            pred: [],
            pLabel: [],
            margin: [],
            pSquared: [],
            initPred: points.indices.map { argmax(logits($0)) },
            snapshotEpochs: [4, 8, 12],
            heldOutLogits: [],
            learningRate: [Double](repeating: 0.02, count: epochs)
        )
        for epoch in 1...epochs {
            for _ in 0..<8 {
                var gradient = [Double](repeating: 0, count: weights.count)
                for row in rows {
                    let p = softmax(logits(row))
                    for c in 0..<classes {
                        let error = p[c] - (Int32(c) == labels[row] ? 1 : 0)
                        for d in 0..<3 { gradient[c * 3 + d] += error * points[row][d] / Double(rows.count) }
                    }
                }
                for index in weights.indices { weights[index] -= 0.1 * gradient[index] }
            }
            let all = points.indices.map(logits)
            member.pred?.append(all.map(argmax))
            member.pLabel?.append(zip(all, labels).map { Float(softmax($0)[Int($1)]) })
            member.pSquared?.append(all.map { Float(softmax($0).reduce(0) { $0 + $1 * $1 }) })
            member.margin?.append(
                zip(all, labels).map { z, y in
                    Float(z[Int(y)] - z.indices.filter { $0 != Int(y) }.map { z[$0] }.max()!)
                }
            )
            if epoch % 4 == 0 { member.heldOutLogits?.append(heldRows.map { all[$0].map { Float($0) } }) }
        }
        let final = points.indices.map(logits)
        member.finalLogits = final.map { $0.map { Float($0) } }
        let input = neighbours(points, labels: labels, held: held)
        let output = neighbours(final.map(softmax), labels: labels, held: held)
        member.votes = [input.votes, output.votes]
        member.labelShare = [input.share, output.share]
        return member
    }

    private static func neighbours(
        _ space: [[Double]],
        labels: [Int32],
        held: [UInt8]
    ) -> (votes: [UInt16], share: [UInt8]) {
        var votes: [UInt16] = []
        var share: [UInt8] = []
        for row in space.indices {
            let near = space.indices.filter { held[$0] == 0 && $0 != row }.map { other in
                (zip(space[row], space[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }, other)
            }.sorted { $0 < $1 }.prefix(7)
            var counts = [Int](repeating: 0, count: classes)
            for (_, other) in near { counts[Int(labels[other])] += 1 }
            votes.append(UInt16(counts.indices.max { counts[$0] < counts[$1] }!))
            share.append(UInt8(counts[Int(labels[row])]))
        }
        return (votes, share)
    }
}
