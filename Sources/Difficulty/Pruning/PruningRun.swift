import Arrays
public import Files
import Foundation

/// `plumbline score` of a verification of pruning: accuracies of networks on what none of their run was trained on.
public enum PruningRun {
    /// Judges every member and writes `summary.json` to the spec's output folder.
    ///
    /// A run's networks are judged on the labelled examples that its network of all candidates holds out: the test split, or
    /// the fold that the run leaves out. Examples that a smaller set lacks are no test: the rule chose them.
    ///
    /// - Throws: `DifficultyError` and `ArrayError` for unusable evidence, `FilesError` for the disk
    @discardableResult
    public static func run(_ spec: ScoreSpec, files: Files = .live) throws -> PruningSummary {
        guard let pruning = spec.pruning, spec.folds == 1 + 2 * pruning.counts.count else {
            throw DifficultyError.mismatch(
                what: "sets of a run",
                expected: 1 + 2 * (spec.pruning?.counts.count ?? 0),
                got: spec.folds
            )
        }
        guard !spec.members.isEmpty else { throw DifficultyError.noMembers }
        let data = try DataFacts(spec, files: files)
        var table = AccuracyTable(sets: spec.folds, runs: spec.repeats)
        for (run, members) in Dictionary(grouping: spec.members, by: { $0.index / spec.folds }).sorted(by: {
            $0.key < $1.key
        }) {
            let evidence = try members.sorted { $0.index < $1.index }.map {
                try MemberEvidence(
                    $0,
                    folds: spec.folds,
                    examples: data.count,
                    classes: spec.numClasses,
                    files: files
                )
            }
            // Without the network of all candidates nothing says what the run may be judged on.
            guard let full = evidence.first, full.part == 0 else { continue }
            let judged = data.labels.indices.filter { full.heldOut[$0] != 0 && data.labels[$0] >= 0 }
            table.evaluated.append(Double(judged.count))
            for member in evidence {
                guard !member.finalPredictions.isEmpty else {
                    throw DifficultyError.badJSON(
                        path: "the manifest of member \(member.index)",
                        detail: "it lists no final_logits.npy"
                    )
                }
                let right = judged.count { Int32(member.finalPredictions[$0]) == data.labels[$0] }
                let trained = data.labels.indices.count { member.heldOut[$0] == 0 }
                table.accuracies[member.part][run] = judged.isEmpty ? nil : Double(right) / Double(judged.count)
                table.trained[member.part].append(Double(trained))
            }
        }
        let hasTest = data.labels.indices.contains { data.isTest[$0] && data.labels[$0] >= 0 }
        let summary = table.summary(spec, pruning, evaluatedOn: hasTest ? "test" : "folds")
        try files.createDirectory(spec.outputDirectory)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try files.write(Array(try encoder.encode(summary)), to: spec.outputDirectory + "/summary.json")
        return summary
    }
}

/// Accuracies by set and run.
private struct AccuracyTable {
    /// By set, then run; nil where there is none.
    var accuracies: [[Double?]]
    /// By set: examples trained on.
    var trained: [[Double]]
    /// Examples that each run was judged on.
    var evaluated: [Double] = []

    init(sets: Int, runs: Int) {
        accuracies = Array(repeating: Array(repeating: nil, count: runs), count: sets)
        trained = Array(repeating: [], count: sets)
    }

    func summary(_ spec: ScoreSpec, _ pruning: ScoreSpec.Pruning, evaluatedOn: String) -> PruningSummary {
        let shares = pruning.counts.map { Double($0) / Double(max(1, pruning.candidates)) }
        let pairs = shares.enumerated().flatMap { place, share in
            [("kept", share, 1 + 2 * place), ("random", share, 2 + 2 * place)]
        }
        return PruningSummary(
            partial: spec.partial,
            members: .init(
                total: spec.membersTotal,
                used: spec.members.count,
                excluded: spec.membersExcluded ?? 0
            ),
            evaluatedOn: evaluatedOn,
            evaluated: MeanInterval(evaluated).mean,
            sets: ([("full", 1, 0)] + pairs).map { name, share, set in
                let over = MeanInterval(accuracies[set].compactMap { $0 })
                return .init(
                    set: name,
                    keep: share,
                    trainExamples: MeanInterval(trained[set]).mean,
                    accuracies: accuracies[set],
                    accuracy: over.mean,
                    standardError: over.standardError,
                    interval: over.interval.map { [max(0, $0.low), min(1, $0.high)] }
                )
            },
            differences: shares.enumerated().flatMap { place, share in
                let (kept, random) = (1 + 2 * place, 2 + 2 * place)
                return [
                    difference(share, ("kept", kept), ("random", random)),
                    difference(share, ("kept", kept), ("full", 0)),
                    difference(share, ("random", random), ("full", 0)),
                ]
            }
        )
    }

    /// Runs are pairs: the same seed, and the same examples to judge by.
    private func difference(
        _ share: Double,
        _ first: (name: String, set: Int),
        _ second: (name: String, set: Int)
    ) -> PruningSummary.Difference {
        let pairs = zip(accuracies[first.set], accuracies[second.set]).compactMap { a, b in
            a.flatMap { a in b.map { a - $0 } }
        }
        let over = MeanInterval(pairs)
        return .init(
            keep: share,
            set: first.name,
            minus: second.name,
            runs: over.count,
            difference: over.mean,
            standardError: over.standardError,
            interval: over.interval.map { [$0.low, $0.high] }
        )
    }
}
