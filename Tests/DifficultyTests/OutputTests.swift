import Arrays
import Difficulty
import Files
import Foundation
import TestSupport
import Testing

@Suite struct OutputTests {
    /// Two repeats of two folds over ten examples of three classes, everything from a seed.
    private func job(seed: UInt64 = 9) -> JobArrays {
        var generator = SeededGenerator(seed: seed)
        let count = 40
        let labels = (0..<count).map { Int32($0 % 3) }
        var members: [Int: MemberArrays] = [:]
        for index in 0..<4 {
            let held = (0..<count).map { row in UInt8((row + (index < 2 ? 0 : row / 2)) % 2 == index % 2 ? 1 : 0) }
            func logits() -> [[Float]] {
                labels.map { label in
                    (0..<3).map { Float(generator.normal() + (Int32($0) == label ? 2 : 0)) }
                }
            }
            let final = logits()
            let early = logits()
            func row<Value>(_ make: (Int) -> Value) -> [Value] { (0..<count).map(make) }
            let random = (0..<3).map { _ in row { _ in UInt16.random(in: 0..<3, using: &generator) } }
            members[index] = MemberArrays(
                heldOut: held,
                pred: random,
                pLabel: (0..<3).map { _ in row { _ in Float.random(in: 0...1, using: &generator) } },
                margin: (0..<3).map { _ in row { _ in Float(generator.normal()) } },
                pSquared: (0..<3).map { _ in row { _ in Float.random(in: 0.4...1, using: &generator) } },
                initPred: row { _ in 0 },
                finalLogits: final,
                inputMargin: row { _ in Float.random(in: 0...3, using: &generator) },
                snapshotEpochs: [1, 3],
                heldOutLogits: [early, final].map { all in held.indices.filter { held[$0] != 0 }.map { all[$0] } },
                votes: random,
                labelShare: random.map { $0.map { UInt8($0) } },
                learningRate: [0.1, 0.1, 0.01],
                fit: 0.95
            )
        }
        return JobArrays(labels: labels, classes: ["x", "y", "z"], members: members, folds: 2, repeats: 2)
    }

    @Test func everyColumnHasItsFileAndItsScore() throws {
        try reduce(job()) { output throws in
            let columns = try output.columns
            #expect(Set(columns.map(\.name)).count == columns.count)
            for column in columns {
                #expect(Files.live.exists("\(output.folder)/\(column.name).npy"))
                #expect(!column.title.isEmpty)
                switch column.dtype {
                case "float32":
                    #expect(try MappedArray<Float>(path: "\(output.folder)/\(column.name).npy").shape == [40])
                case "category":
                    let codes = try output.codes(column.name)
                    let categories = try #require(column.categories)
                    #expect(codes.allSatisfy { $0 >= -1 && Int($0) < categories.count })
                default: Issue.record("\(column.name): \(column.dtype)")
                }
                guard column.name != "label" else { continue }
                let score = try #require(ScoreManifest.current[column.score], "\(column.score)")
                #expect(column.companion == "value" || score.companions.contains(column.companion), "\(column.name)")
            }
            // With all the evidence there is every score of the manifest, with each companion it announces.
            let names = Set(columns.map(\.name))
            for score in ScoreManifest.current.scores where score.plan == nil {
                #expect(names.contains(score.name))
                for companion in score.companions { #expect(names.contains("\(score.name)_\(companion)")) }
            }
            #expect(output.summary.notComputed.isEmpty)
        }
    }

    @Test func valuesStayInTheirAnnouncedRange() throws {
        try reduce(job()) { output throws in
            for score in ScoreManifest.current.scores where score.dtype == "float32" && score.plan == nil {
                let known = try output.numbers(score.name).filter { !$0.isNaN }.map(Double.init)
                #expect(!known.isEmpty, "\(score.name)")
                let (low, high) = (score.range[0] ?? -.infinity, score.range[1] ?? .infinity)
                // The margins of this evidence are random, not those of its predictions.
                if score.name == "misclassification_margin" { continue }
                #expect(known.allSatisfy { $0 >= low - 1e-6 && $0 <= high + 1e-6 }, "\(score.name)")
            }
        }
    }

    @Test func detailsAddUp() throws {
        try reduce(job()) { output throws in
            let held = try NPY.read(UInt16.self, from: output.folder + "/detail_heldout_votes.npy")
            let train = try NPY.read(UInt16.self, from: output.folder + "/detail_train_votes.npy")
            #expect(held.shape == [40, 3, 3] && train.shape == [40, 3, 3])
            for cell in stride(from: 0, to: held.count, by: 3) {
                let sum = (0..<3).reduce(0) { $0 + Int(held.values[cell + $1]) + Int(train.values[cell + $1]) }
                #expect(sum == 4)
            }
            let finals = try NPY.read(UInt16.self, from: output.folder + "/detail_heldout_final.npy")
            let counts = try output.numbers("heldout_confidence_n")
            for row in 0..<40 {
                #expect((0..<3).reduce(0) { $0 + Int(finals.values[row * 3 + $1]) } == Int(counts[row]))
            }
            let curve = try NPY.read(Float.self, from: output.folder + "/detail_curve_p_label_train.npy")
            let confidence = try output.numbers("datamap_confidence")
            for row in 0..<40 {
                #expect(agrees((0..<3).reduce(0) { $0 + curve.values[row * 3 + $1] } / 3, confidence[row]))
            }
            let forgotten = try NPY.read(UInt16.self, from: output.folder + "/detail_forgotten.npy")
            let counted = try output.numbers("forgetting_events_counted")
            for row in 0..<40 {
                #expect((0..<3).reduce(0) { $0 + Int(forgotten.values[row * 3 + $1]) } == Int(counted[row]))
            }
        }
    }

    @Test func theSummaryIsConsistentWithTheColumns() throws {
        try reduce(job()) { output throws in
            let summary = output.summary
            for (name, histogram) in summary.histograms {
                let values = try output.numbers(name)
                #expect(histogram.counts.reduce(0, +) + histogram.undefined == 40, "\(name)")
                #expect(histogram.undefined == values.count { $0.isNaN }, "\(name)")
                #expect(
                    histogram.edges.count == histogram.counts.count + 1 && histogram.edges == histogram.edges.sorted()
                )
            }
            #expect(summary.correlations.rho.count == summary.correlations.names.count)
            #expect(Set(summary.reliability.keys) == Set(summary.correlations.names))
            #expect(summary.probeAccuracy.count == 3 && summary.accuracyByDepth.count == 3)
            #expect(summary.notInterpolated)
            let warning = try #require(summary.warnings.first { $0.code == "not_interpolated" })
            #expect(warning.detail.contains("0.95"))
            #expect(summary.issues?.byType.values.reduce(0, +) == summary.issues?.total)
            #expect(summary.timings["train"] == 6)
            #expect(summary.evidence.observe == "presentation")
            #expect(summary.learningCurves?.epoch == [1, 2, 3])
            let curve = try #require(summary.issues?.reviewCurve)
            #expect(curve.last?.first == summary.issues?.total)
            #expect(curve.allSatisfy { $0.lo <= $0.expected && $0.expected <= $0.hi && $0.hi <= Double($0.first) })
        }
    }

    @Test func missingValuesAreWrittenAsNull() throws {
        var job = job()
        job.members = [0: job.members[0]!]
        try reduce(job) { output throws in
            let text = String(decoding: try Files.live.read(output.folder + "/summary.json"), as: UTF8.self)
            #expect(text.contains("\"test\":null") && text.contains("\"reliability\":null"))
            #expect(!text.lowercased().contains("nan"))
            let columns = String(decoding: try Files.live.read(output.folder + "/columns.json"), as: UTF8.self)
            #expect(columns.contains("\"categories\":null") && columns.contains("\"higher_is_harder\":null"))
        }
    }

    @Test func theSameEvidenceGivesTheSameBits() throws {
        func bytes() throws -> [String: [UInt8]] {
            try reduce(job()) { output throws in
                let names = try Files.live.list(output.folder).filter { $0 != "summary.json" }
                return try Dictionary(
                    uniqueKeysWithValues: names.map { ($0, try Files.live.read("\(output.folder)/\($0)")) }
                )
            }
        }
        let (first, second) = (try bytes(), try bytes())
        #expect(first.count > 100 && first == second)
    }

    /// Whatever write fails, a folder with a summary is complete.
    @Test func theSummaryComesLast() throws {
        try withTemporaryFolder { folder in
            let spec = try write(job(), to: folder)
            let faults = FaultInjector { call in
                call.operation == "write" && call.path.hasSuffix("/issues.json") ? ENOSPC : nil
            }
            let error = #expect(throws: FilesError.self) { try ScoreRun.run(spec, files: Files(faults: faults)) }
            #expect(error?.isDiskFull == true)
            #expect(!Files.live.exists(spec.outputDirectory + "/summary.json"))
            var shares: [Double] = []
            try ScoreRun.run(spec) { shares.append($0) }
            #expect(shares.last == 1 && shares == shares.sorted())
            #expect(Files.live.exists(spec.outputDirectory + "/summary.json"))
        }
    }

    @Test func theRequestIsReadAsTheServiceWritesIt() throws {
        let text = """
            {"reduction":"scores","dataset_directory":"d","labels":"d/labels.npy","output_directory":"o",
             "plan":{"name":"kfold","rounds":"repeats"},"members":[{"index":3,"directory":"m"}],
             "members_total":10,"folds":5,"repeats":2,"k":30,"seed":18446744073709551615,"epochs":15,"num_classes":10,
             "partial":false,"input_baseline":true,"options":{"group_low":0.2}}
            """
        let spec = try JSONDecoder().decode(ScoreSpec.self, from: Data(text.utf8))
        #expect(spec.members == [.init(index: 3, directory: "m")] && spec.seed == .max && spec.plan == .folds)
        #expect(spec.options == ScoreOptions(lowDepth: 0.2))
    }

    @Test func theManifestSaysEverythingAboutEachScore() throws {
        let scores = ScoreManifest.current.scores
        #expect(Set(scores.map(\.name)).count == scores.count && scores.count >= 35)
        for score in scores {
            #expect(!score.title.isEmpty && score.sentence.hasSuffix(".") && !score.formula.isEmpty, "\(score.name)")
            #expect(!score.reference.isEmpty && !score.needs.isEmpty && score.range.count == 2, "\(score.name)")
        }
        let json = String(decoding: try JSONEncoder().encode(ScoreManifest.current), as: UTF8.self)
        #expect(json.contains("\"higher_is_harder\":null") && json.contains("\"range\":[0,null]"))
    }
}
