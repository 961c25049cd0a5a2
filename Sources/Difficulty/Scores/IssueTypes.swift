import Tasks

/// The kind of issue that an example is listed under, as a column.
struct IssueTypes: ScoreFamily {
    static let needs: Set<EvidenceArray> = LabelQuality.needs

    static let scores = [
        ScoreDescription(
            "issue_type",
            title: "Issue",
            sentence: "What is probably wrong with the example or its label, if anything.",
            formula:
                "mislabelled: off the diagonal of the confident joint and argmax_c q_c != y; duplicate_conflict: an identical "
                + "or nearly identical input with another label; ambiguous: q_1 + q_2 >= 0.8, q_2 >= 0.25 and members "
                + "disagree; atypical: max_c q_c < 0.5; mislabelled: argmax_c q_c != y; the first that applies, "
                + "null where none does",
            dtype: "category",
            higherIsHarder: nil,
            needs: [.heldOutLogits],
            reference: "Northcutt et al. 2021, Confident Learning, section 3"
        )
    ]

    private let evidence: EvidenceSet
    private let duplicates: Duplicates

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        self.evidence = evidence
        duplicates = job.duplicates
    }

    /// Reads only what other families have made.
    func add(_ member: MemberEvidence) {}

    func finish(_ table: inout ColumnTable) {
        guard let finder = IssueFinder(evidence, duplicates: duplicates, table: table) else { return }
        var codes = [Int32](repeating: -1, count: evidence.count)
        for issue in finder.issues { codes[issue.row] = issue.kind.rawValue }
        table.append([Column(score: "issue_type", codes: codes, categories: IssueKind.allCases.map(\.name))])
    }
}
