/// Which column of a table has the labels. Pure: names and what was seen of the cells in, a decision or a question out.
struct LabelChoice {
    /// What is known of a column.
    struct Candidate {
        var column: Int
        var name: String
        /// How much it looks like labels, 0 to 1.
        var likeness: Double
        /// Whether its cells are words.
        var isWords: Bool
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
    /// Whether the names come from the file.
    private let hasNames: Bool
    private let last: Int?
    /// Whether the last column is a quantity: then it is what somebody wants to predict, and no classes.
    private let lastIsQuantity: Bool
    /// Whether the last column counts something and nearly no other does: then it may be what somebody wants to predict.
    private let lastIsCount: Bool

    init(_ names: [String], hasNames: Bool, _ profiles: [ColumnProfile], _ sample: ColumnSample) {
        self.names = names
        self.hasNames = hasNames
        last = names.indices.last { profiles[$0].filled > 0 }
        lastIsQuantity = last.map { profiles[$0].quantity(name: names[$0]) != nil } ?? false
        let whole = names.indices.filter { profiles[$0].areWhole }
        lastIsCount = last.map { whole.contains($0) && whole.count <= 2 && sample.distinct($0).values > 1 } ?? false
        candidates = names.indices.compactMap { column in
            let profile = profiles[column]
            let (distinct, rows) = sample.distinct(column)
            guard let likeness = Self.likeness(profile, distinct: distinct, rows: rows) else {
                return nil
            }
            return Candidate(
                column: column,
                name: names[column],
                likeness: likeness,
                isWords: profile.texts > 0,
                distinct: distinct,
                commonest: sample.commonest(column),
                examples: profile.examples
            )
        }
    }

    /// How much a column looks like labels: words that come again and again, then two numbers, then few whole ones. Nil where
    /// it is none: nearly every value occurs once, all cells are the same, or it is a split, a quantity, prose or a file.
    private static func likeness(_ profile: ColumnProfile, distinct: Int, rows: Int) -> Double? {
        guard distinct >= 2, distinct * 2 <= rows, distinct <= 1_000, !profile.areFileNames,
            SplitColumn.isTest(profile.values) == nil, !profile.isPermutation
        else { return nil }
        if profile.texts > 0 {
            guard !profile.isProse, profile.numbers * 20 <= profile.filled || profile.distinct != nil else {
                return nil
            }
            return distinct <= 100 ? 1 : distinct * 5 <= rows ? 0.6 : nil
        }
        guard profile.areWhole, let range = profile.extent else {
            return distinct <= 10 && distinct * 5 <= rows ? 0.4 : nil
        }
        if distinct == 2 { return 0.9 }
        // Nobody writes a quantity as 007.
        if profile.values.contains(where: { $0.count > 1 && $0.hasPrefix("0") && $0.allSatisfy(\.isNumber) }) {
            return 0.95
        }
        // The bounds first: the difference of any two whole numbers may overflow.
        let isRun = (-1...1).contains(range.lowerBound) && range.upperBound < 1_000 && range.count == distinct
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
        if last > 0, let start, let stop {
            if !copies(last).isEmpty { return .question("\(quoted([last] + copies(last))) say the same") }
            // Pixels and counts of words are mostly 0.
            if names.count >= Self.wide, start.commonest < 0.5, stop.commonest > 0.8 { return .column(0, .firstColumn) }
            if names.count >= Self.wide, stop.commonest < 0.5, start.commonest > 0.8 {
                return .column(last, .lastColumn)
            }
            if let decided = decision(first: start, last: stop) { return decided }
            return .question("the first column '\(names[0])' and the last column '\(names[last])' look like labels")
        }
        if stop != nil {
            let twins = copies(last)
            return twins.isEmpty ? .column(last, .lastColumn) : .question("\(quoted([last] + twins)) say the same")
        }
        if let start {
            if lastIsCount, names.count < Self.wide {
                return .question(
                    "the first column '\(names[0])' looks like labels, and the last column '\(names[last])' counts something"
                )
            }
            // Numbers first and a quantity last: somebody may want to predict the quantity.
            return lastIsQuantity && !start.isWords && hasNames && names.count < Self.wide
                ? .column(last, .lastColumn) : .column(0, .firstColumn)
        }
        if candidates.isEmpty || isForced { return .column(last, .lastColumn) }
        return .question("neither the first nor the last column looks like labels, but others do")
    }

    /// Decides between the two ends of a table that both look like labels; nil where it is a coin toss.
    private func decision(first: Candidate, last: Candidate) -> Decision? {
        if hasNames {
            if last.likeness >= 0.9, first.likeness <= 0.5 { return .column(last.column, .lastColumn) }
            return first.isWords && last.likeness <= 0.5 && !lastIsCount ? .column(first.column, .firstColumn) : nil
        }
        if last.likeness - first.likeness >= 0.3 { return .column(last.column, .lastColumn) }
        // Without names the last is meant nearly always, unless it is one of many of its kind and the first is not.
        func alike(_ one: Candidate) -> Int {
            candidates.count { $0.isWords == one.isWords && ($0.distinct == 2) == (one.distinct == 2) }
        }
        let (rareFirst, rareLast) = (alike(first), alike(last))
        if rareLast < rareFirst || last.isWords && rareLast == 1 { return .column(last.column, .lastColumn) }
        return rareFirst < rareLast && rareLast > 2 && last.likeness <= 0.8 ? .column(first.column, .firstColumn) : nil
    }

    /// Columns from which on a table of numbers is one of pixels, words or signals.
    private static let wide = 50

    private func candidate(_ column: Int) -> Candidate? { candidates.first { $0.column == column } }

    private func quoted(_ columns: [Int]) -> String {
        columns.prefix(4).map { "'\(names[$0])'" }.joined(separator: " and ")
    }
}
