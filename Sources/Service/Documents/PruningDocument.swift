import Experiments

extension JSON {
    /// The document of a job that verifies a pruning: what is compared and found, and no links to scores, which it has none
    /// of.
    ///
    /// - Parameters:
    ///   - pruning: what is compared
    ///   - found: its `summary.json`; null before the first run
    func of(_ pruning: PruningSettings, found: JSON) -> JSON {
        guard case .object(let fields) = self else { return self }
        let rule = pruning.rule
        let compared: JSON = [
            "job": .string(pruning.job), "revision": .int(pruning.revision), "by": .string(rule.by),
            "keeps_highest": .bool(rule.keepsHighest), "balanced": .bool(rule.balanced),
            "seed": .int(Int(rule.seed)), "num_candidates": .int(pruning.candidates),
            "num_kept": .array(pruning.counts.map { .int($0) }), "results": found,
        ]
        return .object(
            fields.filter { $0.0 != "links" } + [
                ("pruning", compared),
                ("links", fields.first { $0.0 == "links" }?.1.without(Self.resultLinks) ?? .null),
            ]
        )
    }

    private static let resultLinks: Set = ["scores", "scores_csv", "issues", "summary"]

    private func without(_ names: Set<String>) -> JSON {
        guard case .object(let fields) = self else { return self }
        return .object(fields.filter { !names.contains($0.0) })
    }
}
