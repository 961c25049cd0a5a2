import Arrays
public import Files
import Foundation

/// `plumbline score`: evidence in, one revision of columns out.
public enum ScoreRun {
    /// Computes every score that the evidence allows and writes columns, details, issues and sentences to the spec's
    /// output folder; `summary.json` comes last, so a folder without it is unfinished. Same evidence, same bits
    /// (`timings` in the summary apart).
    ///
    /// - Parameters:
    ///   - files: the seam for faults
    ///   - progress: called with the share that is done, from 0 to 1
    /// - Throws: `DifficultyError` and `ArrayError` for unusable evidence, `FilesError` for the disk.
    @discardableResult
    public static func run(
        _ spec: ScoreSpec,
        files: Files = .live,
        progress: (Double) -> Void = { _ in }
    ) throws -> ScoreSummary {
        let started = ContinuousClock.now
        let evidence = try EvidenceSet(spec, files: files)
        let job = try JobFacts(evidence)
        evidence.releasePages()
        // All members once, each half once: the members are read about twice.
        let steps = Double(2 * evidence.members.count)
        let table = Reduction.run(evidence, job, members: evidence.members) { progress(0.6 * Double($0) / steps) }
        let directed = ScoreManifest.current.scores(of: spec).filter {
            $0.dtype == "float32" && $0.higherIsHarder != nil
        }
        let reliability = Reliability(evidence, job, scores: directed) { done in
            progress(0.6 * Double(evidence.members.count + done) / steps)
        }
        let finder = IssueFinder(evidence, duplicates: job.duplicates, table: table)
        let curve = finder.map { finder in
            ReviewCurve(
                selfConfidence: evidence.unplanted(table.numbers("self_confidence") ?? []),
                errors: table.confidence(of: evidence)?.wrongLabels ?? finder.joint.estimatedErrors
            )
        }

        let folder = spec.outputDirectory
        try files.createDirectory(folder)
        try DetailWriter(evidence, table: table, issues: finder?.issues ?? [], folder: folder, files: files).write()
        progress(0.7)
        let influence = try InfluenceWriter(evidence: evidence, folder: folder, files: files).write()
        progress(0.75)
        try write(table, evidence: evidence, folder: folder, files: files)
        progress(0.9)
        let records = curve.map { curve in
            IssueWriter(evidence: evidence, table: table, curve: curve).records(finder?.issues ?? [])
        }
        try files.write(json(IssueList(issues: records ?? [])), to: folder + "/issues.json")
        let summary = SummaryBuilder(
            evidence: evidence,
            job: job,
            table: table,
            finder: finder,
            curve: curve,
            reliability: reliability,
            scores: directed,
            influence: influence
        ).summary(seconds: (ContinuousClock.now - started) / .seconds(1))
        try files.write(json(summary), to: folder + "/summary.json")
        progress(1)
        return summary
    }

    private static func write(_ table: ColumnTable, evidence: EvidenceSet, folder: String, files: Files) throws {
        var columns = [Column(score: "label", codes: evidence.data.ownLabels, categories: evidence.data.classNames)]
        if evidence.data.planting != nil {
            let planted = (0..<evidence.count).map { evidence.isPlanted($0) ? 1 : 0 as Float }
            columns.append(Column(score: "planted", .value, planted))
        }
        columns += table.columns
        for column in columns {
            let path = "\(folder)/\(column.name).npy"
            switch column.values {
            case .numbers(let numbers):
                try NPY.write(NDArray(shape: [numbers.count], values: numbers), to: path, files: files)
            case .codes(let codes, _):
                try NPY.write(NDArray(shape: [codes.count], values: codes), to: path, files: files)
            }
        }
        if let probabilities = table.heldOutProbabilities {
            let array = NDArray(shape: [evidence.count, evidence.classes], values: probabilities)
            try NPY.write(array, to: folder + "/heldout_probs.npy", files: files)
        }
        try files.write(json(columns.map(ColumnRecord.init)), to: folder + "/columns.json")
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
