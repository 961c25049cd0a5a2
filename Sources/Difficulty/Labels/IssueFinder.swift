/// What can be wrong with an example and its label.
public enum IssueKind: Int32, Sendable, CaseIterable, Codable {
    /// Another class is the most probable: confidently, off the diagonal of the confident joint, or with half of the
    /// probability and more.
    case mislabelled
    /// The same or nearly the same input occurs with another label.
    case duplicateConflict
    /// Between two classes: both probable, and the networks disagree.
    case ambiguous
    /// No class is probable.
    case atypical

    /// The name in the API.
    public var name: String {
        switch self {
        case .mislabelled: "mislabelled"
        case .duplicateConflict: "duplicate_conflict"
        case .ambiguous: "ambiguous"
        case .atypical: "atypical"
        }
    }
}

/// One suspect example.
struct Issue: Sendable {
    let row: Int
    let kind: IssueKind
    /// Classes by falling mean held-out probability, at most three; empty for an example never held out.
    let top: [Int]
    let conflict: Duplicates.Conflict?
}

/// Finds the issues of a reduced job. An example has one kind, the first that applies in the order of `IssueKind`.
struct IssueFinder {
    /// An ambiguous example's two best classes together have at least this probability ...
    static let ambiguousPair: Float = 0.8
    /// ... and the second of them at least this.
    static let ambiguousSecond: Float = 0.25
    /// An atypical example's best class has less than this probability.
    static let atypicalBest: Float = 0.5

    let joint: ConfidentJoint
    /// Ranked: highest `issue_score` first, ties by `normalized_margin`, then row; examples without a score last.
    let issues: [Issue]

    /// Nil where there are no held-out probabilities.
    init?(_ evidence: EvidenceSet, duplicates: Duplicates, table: ColumnTable) {
        guard let probabilities = table.heldOutProbabilities, let score = table.numbers("issue_score"),
            let margin = table.numbers("normalized_margin")
        else { return nil }
        let classes = evidence.classes
        let labels = evidence.unplantedLabels
        let joint = ConfidentJoint(labels: labels, probabilities: probabilities, classes: classes)
        let agreement = table.numbers("consensus_share")
        var issues: [Issue] = []
        for row in labels.indices where labels[row] >= 0 {
            let conflict = duplicates.conflicts[row]
            let top = Self.top(probabilities[row * classes..<(row + 1) * classes])
            let values = top.map { probabilities[row * classes + $0] }
            let confident = joint.confidentClass[row]
            let kind: IssueKind? =
                if let best = top.first, Int32(best) != labels[row], confident >= 0, confident != labels[row] {
                    .mislabelled
                } else if conflict != nil {
                    .duplicateConflict
                } else if values.count >= 2, values[1] >= Self.ambiguousSecond,
                    values[0] + values[1] >= Self.ambiguousPair,
                    let agreement, agreement[row] < 1
                {
                    .ambiguous
                } else if let best = values.first, best < Self.atypicalBest {
                    .atypical
                } else if let best = top.first, Int32(best) != labels[row] {
                    // Below the threshold of its class, but nobody speaks for the label.
                    .mislabelled
                } else {
                    nil
                }
            if let kind { issues.append(Issue(row: row, kind: kind, top: top, conflict: conflict)) }
        }
        self.joint = joint
        self.issues = issues.sorted { Self.precedes($0.row, $1.row, score: score, margin: margin) }
    }

    /// The order of suspicion.
    static func precedes(_ first: Int, _ second: Int, score: [Float], margin: [Float]) -> Bool {
        let (a, b) = (score[first], score[second])
        if a.isNaN != b.isNaN { return b.isNaN }
        if a != b, !a.isNaN { return a > b }
        let (c, d) = (margin[first], margin[second])
        if c != d, !c.isNaN, !d.isNaN { return c < d }
        return first < second
    }

    private static func top(_ probabilities: ArraySlice<Float>) -> [Int] {
        guard let first = probabilities.first, !first.isNaN else { return [] }
        var best: [Int] = []
        for _ in 0..<min(3, probabilities.count) {
            var next: Int?
            for index in probabilities.indices where !best.contains(index) {
                if let known = next, probabilities[index] <= probabilities[known] { continue }
                next = index
            }
            if let next { best.append(next) }
        }
        return best.map { $0 - probabilities.startIndex }
    }
}
