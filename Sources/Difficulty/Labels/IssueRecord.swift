/// The list of suspects as it is stored in `issues.json`.
public struct IssueList: Codable, Sendable, Hashable {
    /// Ranked by `issue_score`.
    public var issues: [IssueRecord]

    /// A list.
    public init(issues: [IssueRecord]) { self.issues = issues }
}

/// One suspect example as it is served.
public struct IssueRecord: Codable, Sendable, Hashable {
    /// Place in the list, from 1.
    public var rank: Int
    /// Place in the dataset.
    public var rowIndex: Int
    /// `mislabelled`, `duplicate_conflict`, `ambiguous` or `atypical`.
    public var type: String
    /// The given label.
    public var label: String
    /// The most probable class where it is another one.
    @Nullable public var suggestedLabel: String?
    /// 1 - `self_confidence`.
    @Nullable public var issueScore: Double?
    /// Mean held-out probability of the given label up to t*.
    @Nullable public var selfConfidence: Double?
    /// Mean held-out probability of the suggested label up to t*.
    @Nullable public var suggestedProbability: Double?
    /// Calibrated probability that the label is wrong (see the review curve).
    @Nullable public var errorProbability: Double?
    /// The row with the same or nearly the same input and another label.
    @Nullable public var conflictsWith: Int?
    /// The most probable classes, at most three.
    public var classes: [ClassProbability]
    /// Plain sentences with the numbers behind it.
    public var reasons: [String]

    /// A class and its mean held-out probability up to t*.
    public struct ClassProbability: Codable, Sendable, Hashable {
        /// The class.
        public var label: String
        /// Its probability.
        public var probability: Double
    }

    enum CodingKeys: String, CodingKey {
        case rank, type, label, classes, reasons
        case rowIndex = "row_idx"
        case suggestedLabel = "suggested_label"
        case issueScore = "issue_score"
        case selfConfidence = "self_confidence"
        case suggestedProbability = "suggested_probability"
        case errorProbability = "error_probability"
        case conflictsWith = "conflicts_with"
    }
}

/// Puts issues into words and numbers.
struct IssueWriter {
    let evidence: EvidenceSet
    let table: ColumnTable
    let curve: ReviewCurve

    func records(_ issues: [Issue]) -> [IssueRecord] {
        issues.enumerated().map { record($0.element, rank: $0.offset + 1) }
    }

    private func record(_ issue: Issue, rank: Int) -> IssueRecord {
        let row = issue.row
        let suggestion = table.codes("suggested_label").flatMap { $0[row] >= 0 ? Int($0[row]) : nil }
        return IssueRecord(
            rank: rank,
            rowIndex: row,
            type: issue.kind.name,
            label: name(Int(evidence.labels[row])),
            suggestedLabel: suggestion.map(name),
            issueScore: number("issue_score", row),
            selfConfidence: number("self_confidence", row),
            suggestedProbability: suggestion.map { probability(row, $0) },
            errorProbability: curve.errorProbability[row],
            conflictsWith: issue.conflict?.row,
            classes: issue.top.map { .init(label: name($0), probability: probability(row, $0)) },
            reasons: reasons(issue)
        )
    }

    private func reasons(_ issue: Issue) -> [String] {
        let row = issue.row
        let noun = evidence.data.noun
        let label = name(Int(evidence.labels[row]))
        var reasons: [String] = []
        switch issue.kind {
        case .mislabelled:
            if let best = issue.top.first, let own = number("self_confidence", row) {
                reasons.append(
                    "Networks that never saw this \(noun) give \(name(best)) probability "
                        + "\(Wording.decimal(probability(row, best))) and its label \(label) "
                        + "\(Wording.decimal(own))."
                )
            }
        case .ambiguous:
            let pair = issue.top.prefix(2).map { "\(name($0)) (\(Wording.decimal(probability(row, $0))))" }
            reasons.append("Between \(pair.joined(separator: " and ")): the networks disagree.")
        case .atypical:
            let classes = issue.top.map { "\(name($0)) \(Wording.decimal(probability(row, $0)))" }
            reasons.append("No class is probable: \(classes.joined(separator: ", ")).")
        case .duplicateConflict: break
        }
        if let conflict = issue.conflict {
            let other = name(Int(evidence.labels[conflict.row]))
            let degree = conflict.identical ? "the same" : "nearly the same"
            reasons.append("Row \(conflict.row) is \(degree) \(noun) with the label \(other).")
        }
        if let share = number("consensus_share", row), let count = number("consensus_share_n", row),
            let winner = table.codes("consensus_class")?[row], winner >= 0
        {
            let voters = Int((share * count).rounded())
            reasons.append(
                "\(voters) of \(Int(count)) finished networks that never saw it call it \(name(Int(winner)))."
            )
        }
        if let others = number("input_knn", row), others >= 0.5 {
            let percent = Wording.percent(others)
            reasons.append("\(percent) of its nearest neighbours in input space carry another label.")
        }
        if number("resisted_label", row) == 1 {
            reasons.append("Most networks trained on it refuse its label.")
        }
        return reasons
    }

    private func name(_ code: Int) -> String { evidence.data.classNames[code] }

    private func number(_ column: String, _ row: Int) -> Double? {
        table.numbers(column).flatMap { $0[row].isNaN ? nil : Double($0[row]) }
    }

    private func probability(_ row: Int, _ code: Int) -> Double {
        Double(table.heldOutProbabilities?[row * evidence.classes + code] ?? .nan)
    }
}
