/// Which column of a table has the labels. Pure: names and what was seen of the cells in, a decision or a question out.
struct LabelChoice {
    /// What is known of a column.
    struct Candidate {
        var column: Int
        var name: String
        /// How much it looks like labels, 0 to 1.
        var likeness: Double
        /// Distinct values, as far as they were told apart.
        var distinct: Int
        /// Share of its commonest value.
        var commonest: Double
        var examples: [String]

        /// For the sender.
        var said: IngestError.Candidate { .init(name: name, distinct: distinct, examples: examples) }
    }

    /// Those that look like labels, in the order of the table.
    let candidates: [Candidate]
    private let names: [String]
    private let last: Int?

    init(_ names: [String], _ profiles: [ColumnProfile], _ sample: ColumnSample) {
        self.names = names
        last = names.indices.last { profiles[$0].filled > 0 }
        candidates = names.indices.compactMap { column in
            let profile = profiles[column]
            let (distinct, rows) = sample.distinct(column)
            guard let likeness = Self.likeness(profile, names[column], distinct: distinct, rows: rows) else {
                return nil
            }
            return Candidate(
                column: column,
                name: names[column],
                likeness: likeness,
                distinct: distinct,
                commonest: sample.commonest(column),
                examples: profile.examples
            )
        }
    }

    /// How much a column looks like labels: words that come again and again, then two numbers, then few whole ones. Nil where
    /// it is none: nearly every value occurs once, all cells are the same, or it is a split, a quantity, prose or a file.
    private static func likeness(_ profile: ColumnProfile, _ name: String, distinct: Int, rows: Int) -> Double? {
        guard distinct >= 2, distinct * 2 <= rows, distinct <= 1_000, !profile.areFileNames,
            SplitColumn.isTest(profile.values) == nil, !profile.isPermutation
        else { return nil }
        if profile.texts > 0 {
            guard !profile.isProse, profile.numbers * 20 <= profile.filled || profile.distinct != nil else {
                return nil
            }
            return distinct <= 100 ? 1 : distinct * 5 <= rows ? 0.6 : nil
        }
        guard profile.areWhole, let range = profile.extent else { return nil }
        if distinct == 2 { return 0.9 }
        let isRun =
            range.upperBound - range.lowerBound < 1_000 && range.lowerBound >= -1 && range.lowerBound <= 1
            && range.count == distinct
        if isRun { return distinct <= 12 ? 0.8 : distinct <= 100 ? 0.5 : distinct * 5 <= rows ? 0.3 : nil }
        return distinct <= 20 ? 0.4 : nil
    }

    /// What was decided.
    enum Decision {
        case column(Int, Reading.Label.Choice)
        /// Several fit, or none does; for people.
        case question(String)
    }

    /// Decides where no name was stated.
    ///
    /// - Parameters:
    ///   - copies: columns that say the same as one
    ///   - isForced: whether the sender says that numbers are classes
    func decision(copies: (Int) -> [Int], isForced: Bool) -> Decision {
        let lower = names.map { $0.lowercased() }
        if let usual = UsualNames.labels.lazy.compactMap({ lower.firstIndex(of: $0) }).first {
            return .column(usual, .usualName)
        }
        let outcomes = UsualNames.outcomes.compactMap { lower.firstIndex(of: $0) }
            .filter { column in candidates.contains { $0.column == column } }
        if let outcome = outcomes.first {
            let others = outcomes.dropFirst() + copies(outcome)
            guard others.isEmpty else {
                return .question("\(quoted([outcome] + others)) could all be meant")
            }
            return .column(outcome, .usualName)
        }
        guard let last else { return .question("no column has values") }
        let (start, stop) = (candidate(0), candidate(last))
        let (first, end) = (start?.likeness, stop?.likeness)
        if last > 0, let start, let stop, let first, let end {
            if !copies(last).isEmpty { return .question("\(quoted([last] + copies(last))) say the same") }
            // Pixels and counts of words are mostly 0.
            if names.count >= Self.wide, start.commonest < 0.5, stop.commonest > 0.8 { return .column(0, .firstColumn) }
            if names.count >= Self.wide, stop.commonest < 0.5, start.commonest > 0.8 {
                return .column(last, .lastColumn)
            }
            if end - first >= 0.3 { return .column(last, .lastColumn) }
            if first - end >= 0.3 { return .column(0, .firstColumn) }
            return .question("the first column '\(names[0])' and the last column '\(names[last])' look like labels")
        }
        if end != nil {
            let twins = copies(last)
            return twins.isEmpty ? .column(last, .lastColumn) : .question("\(quoted([last] + twins)) say the same")
        }
        if first != nil { return .column(0, .firstColumn) }
        if candidates.isEmpty || isForced { return .column(last, .lastColumn) }
        return .question("neither the first nor the last column looks like labels, but others do")
    }

    /// Columns from which on a table of numbers is one of pixels, words or signals.
    private static let wide = 50

    private func candidate(_ column: Int) -> Candidate? { candidates.first { $0.column == column } }

    private func quoted(_ columns: [Int]) -> String {
        columns.prefix(4).map { "'\(names[$0])'" }.joined(separator: " and ")
    }
}
