import Arrays
import Datasets
import Experiments
import Foundation
import Service
import Tasks

/// What a pruning keeps and drops of a job's dataset, beside as much by lot.
struct PrunedSets: Sendable {
    let request: PruningRequest
    let results: Results
    let rule: Pruning.Rule
    let counts: [Int]
    /// N scores; NaN where null.
    let values: [Float]
    private let pruning: Pruning

    /// - Throws: `Problem` where there is no such column or no results yet, `SettingsError` where a field does not fit
    init(_ request: PruningRequest, _ results: Results) throws {
        self.request = request
        self.results = results
        let table = try results.requireTable()
        let column = try results.column(request.by)
        guard !column.isCategory else {
            throw SettingsError(issues: [
                .init(pointer: "/by", detail: "expected a column of numbers, \(column.name) has categories")
            ])
        }
        rule = Pruning.Rule(
            by: column.name,
            keepsHighest: try request.keepsHighest(column.higherIsHarder),
            balanced: request.balanced,
            seed: request.seed
        )
        values = try table.floats(column.name).withUnsafeBufferPointer { Array($0) }
        let dataset = results.dataset
        let split = (0..<results.count).map { dataset.split($0) == .test ? UInt8(1) : 0 }
        let labels = dataset.labelCodes()
        let candidates = Pruning.candidates(labels: labels, split: split)
        counts = try request.counts(of: candidates.count)
        pruning = Pruning(values: values, labels: labels, candidates: candidates, rule: rule)
    }

    /// - Parameter verification: the job that verifies it
    func document(verification: JSON) throws -> JSON {
        let subsets = try counts.map { count in
            let kept = pruning.kept(count)
            return [
                "keep": .double(Double(count) / Double(pruning.candidates.count)), "num_kept": .int(count),
                "num_dropped": .int(pruning.candidates.count - count),
                "num_kept_without_score": .int(kept.count { values[$0].isNaN }),
                "selected": try list(named(kept)), "random": try list(named(pruning.random(count, run: 0))),
            ] as JSON
        }
        return [
            "job": .string(results.job.id), "by": .string(rule.by), "action": .string(request.action.rawValue),
            "direction": .string(request.direction.rawValue), "balanced": .bool(rule.balanced),
            "seed": .int(Int(rule.seed)), "partial": .bool(results.job.isPartial),
            "num_candidates": .int(pruning.candidates.count), "subsets": .array(subsets),
            "verification": verification,
        ]
    }

    /// The rows that the request names: those that stay, or those that go.
    private func named(_ kept: [Int]) -> [Int] {
        guard request.action == .drop else { return kept }
        let staying = Set(kept)
        return pruning.candidates.filter { !staying.contains($0) }
    }

    private func list(_ rows: [Int]) throws -> JSON {
        [
            "row_idx": .array(rows.map { .int($0) }),
            "source": .array(try rows.map { .string(try results.dataset.source($0)) }),
        ]
    }

    /// Every candidate with its score, and whether it is named by the rule and by lot.
    func csv() throws -> [UInt8] {
        let count = counts[0]
        let (selected, random) = (Set(named(pruning.kept(count))), Set(named(pruning.random(count, run: 0))))
        let dataset = results.dataset
        let hasIDs = dataset.manifest.hasIDs
        var bytes = CSV.line(
            ["row_idx", "source"] + (hasIDs ? ["id"] : []) + ["label", rule.by, "selected", "random"]
        )
        for row in pruning.candidates {
            bytes += CSV.line(
                ["\(row)", try dataset.source(row)] + (hasIDs ? [try dataset.id(row) ?? ""] : []) + [
                    dataset.labelName(row) ?? "", CSV.cell(.float(values[row])),
                    selected.contains(row) ? "true" : "false", random.contains(row) ? "true" : "false",
                ]
            )
        }
        return bytes
    }
}
