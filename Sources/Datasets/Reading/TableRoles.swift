/// What each column of a table is for: the one place that decides it. Pure: names, what was seen of the cells and what the
/// sender says in; roles with their reasons out.
struct TableRoles {
    /// What is known of a table before anything is decided.
    struct Facts {
        var names: [String]
        /// Whether the names come from the file.
        var hasNames: Bool
        var profiles: [ColumnProfile]
        var sample: ColumnSample
        /// Records.
        var rows: Int
        /// Whether a comma may be the point.
        var hasDecimalCommas: Bool
        /// Columns that hold objects or lists of them.
        var nested: Set<Int> = []
        /// Where, for messages.
        var file: String
    }

    /// Where the labels are.
    enum Labels: Hashable {
        case column(Int)
        /// One column a class, of which one is 1.
        case oneHot([Int])

        var columns: [Int] {
            switch self {
            case .column(let column): [column]
            case .oneHot(let columns): columns
            }
        }
    }

    /// Nil where the table has no labels.
    private(set) var labels: Labels?
    private(set) var id: Int?
    private(set) var split: (column: Int, isTest: [String: Bool])?
    private(set) var inputs: [(column: Int, kind: ColumnProfile.Kind)] = []
    /// For the answer.
    private(set) var columns: [Reading.Column] = []
    private(set) var label: Reading.Label?
    /// Inputs that know the label and were asked for.
    private(set) var askedLeaks: [String] = []

    init(_ facts: Facts, _ options: IngestOptions) throws(IngestError) {
        var decision = RoleDecision(facts, options)
        try decision.run()
        labels = decision.labels
        id = decision.id
        split = decision.split
        inputs = decision.inputs
        columns = decision.columns
        label = decision.label
        askedLeaks = decision.askedLeaks
    }
}

/// The steps of the decision.
private struct RoleDecision {
    private let facts: TableRoles.Facts
    private let options: IngestOptions
    private var names: [String] { facts.names }

    var labels: TableRoles.Labels?
    var id: Int?
    var split: (column: Int, isTest: [String: Bool])?
    var inputs: [(column: Int, kind: ColumnProfile.Kind)] = []
    var columns: [Reading.Column] = []
    var label: Reading.Label?
    var askedLeaks: [String] = []
    private var used: Set<Int> = []
    private var ignored: Set<Int> = []
    private var asked: [Int: String] = [:]

    init(_ facts: TableRoles.Facts, _ options: IngestOptions) {
        self.facts = facts
        self.options = options
    }

    mutating func run() throws(IngestError) {
        used = Set(try find(all: options.use, option: "use"))
        ignored = Set(try find(all: options.ignore, option: "ignore"))
        try readKinds()
        if options.task != IngestOptions.withoutLabels { try findLabels() }
        try findID()
        try findSplit()
        try findInputs()
    }

    private mutating func readKinds() throws(IngestError) {
        for part in IngestOptions.list(options.kinds) {
            let expected = "COLUMN:number, COLUMN:category or COLUMN:text, comma-separated"
            guard let colon = part.lastIndex(of: ":") else {
                throw .badOption(name: "as", value: part, expected: expected)
            }
            let kind = String(part[part.index(after: colon)...])
            guard ["number", "category", "text"].contains(kind) else {
                throw .badOption(name: "as", value: part, expected: expected)
            }
            asked[try find(String(part[..<colon]), option: "as")] = kind
        }
    }

    // MARK: Labels

    private mutating func findLabels() throws(IngestError) {
        let choice = LabelChoice(names, hasNames: facts.hasNames, facts.profiles, facts.sample)
        if let stated = options.label {
            if let list = listed(stated), !names.contains(stated) {
                labels = list
            } else {
                labels = .column(try find(stated, option: "label"))
            }
            label = Reading.Label(column: stated, chosen: .named, candidates: choice.candidates.map(\.name))
        } else if let (name, list) = usualList() {
            labels = list
            label = Reading.Label(column: name, chosen: .usualName, candidates: [name])
        } else {
            let isForced = options.task != nil
            switch choice.decision(copies: { copies(of: $0) }, isForced: isForced) {
            case .column(let column, let chosen):
                labels = .column(column)
                label = Reading.Label(
                    column: names[column],
                    chosen: chosen,
                    candidates: choice.candidates.map(\.name)
                )
                if chosen != .usualName, !choice.candidates.contains(where: { $0.column == column }), !isForced {
                    try refuseIfNoLabel(column, choice)
                }
            case .question(let why): throw question(why, choice)
            }
        }
        guard case .column(let column) = labels else { return }
        let (distinct, rows) = facts.sample.distinct(column)
        if options.task == nil, facts.profiles[column].texts > 0, distinct > 20, distinct * 10 > rows * 9 {
            throw .labelQuestion(
                why: "nearly every value of '\(names[column])' occurs once, so it cannot be classes",
                candidates: choice.candidates.map(\.said)
            )
        }
        if options.task == nil, let refusal = facts.profiles[column].quantity(name: names[column]) { throw refusal }
    }

    private func refuseIfNoLabel(_ column: Int, _ choice: LabelChoice) throws(IngestError) {
        if let refusal = facts.profiles[column].quantity(name: names[column]) { throw refusal }
        let (distinct, rows) = facts.sample.distinct(column)
        guard rows >= 10, distinct * 2 > rows else { return }
        throw question("no column looks like labels", choice)
    }

    private func question(_ why: String, _ choice: LabelChoice) -> IngestError {
        .labelQuestion(
            why: why,
            candidates: choice.candidates.sorted { one, other in
                // Those that the question is about come first.
                let (isOne, isOther) = (why.contains("'\(one.name)'"), why.contains("'\(other.name)'"))
                return isOne == isOther ? one.likeness > other.likeness : isOne
            }.prefix(12).map(\.said)
        )
    }

    /// Columns `name[0]`, `name[1]`, ...: a list of one label, or one-hot.
    private func listed(_ name: String) -> TableRoles.Labels? {
        guard let first = names.firstIndex(of: "\(name)[0]") else { return nil }
        var columns = [first]
        while let next = names.firstIndex(of: "\(name)[\(columns.count)]") { columns.append(next) }
        if columns.count == 1 { return .column(first) }
        let areOneHot = columns.allSatisfy { column in
            facts.profiles[column].areWhole && facts.profiles[column].filled == facts.rows
                && facts.profiles[column].extent.map { $0.lowerBound >= 0 && $0.upperBound <= 1 } ?? false
        }
        return areOneHot ? .oneHot(columns) : nil
    }

    private func usualList() -> (String, TableRoles.Labels)? {
        for name in UsualNames.labels where !names.contains(where: { $0.lowercased() == name }) {
            if let list = listed(name) { return (name, list) }
        }
        return nil
    }

    /// Columns that say exactly what one says, however they say it.
    private func copies(of column: Int) -> [Int] {
        let knowledge = LabelKnowledge(label: facts.sample.codes[column])
        return names.indices.filter { other in
            guard other != column, facts.sample.codes.indices.contains(other), facts.profiles[other].filled > 0,
                !facts.profiles[other].isProse,
                let measure = knowledge.measure(facts.sample.codes[other])
            else { return false }
            return measure.coverage > 0.9 && measure.accuracy > 0.99 && measure.back > 0.99 && measure.lift > 0.95
        }
    }

    // MARK: Ids and splits

    private mutating func findID() throws(IngestError) {
        if let stated = options.id {
            let column = try find(stated, option: "id")
            guard labels?.columns.contains(column) != true else {
                throw .badOption(name: "id", value: stated, expected: "another column than that of the labels")
            }
            id = column
            return
        }
        guard facts.hasNames else { return }
        func isFree(_ column: Int) -> Bool { !used.contains(column) && labels?.columns.contains(column) != true }
        id =
            names.indices.first { isFree($0) && UsualNames.ids.contains(names[$0].lowercased()) }
            ?? names.indices.first { isFree($0) && UsualNames.endsInID(names[$0]) && namesRows($0) }
    }

    /// Whether every row has another value, which is a whole number or one word.
    private func namesRows(_ column: Int) -> Bool {
        let profile = facts.profiles[column]
        let (distinct, rows) = facts.sample.distinct(column)
        return rows >= 5 && distinct == rows && profile.missing == 0 && profile.fractions == 0 && !profile.isProse
    }

    private mutating func findSplit() throws(IngestError) {
        if let stated = options.split {
            guard stated != "none" else { return }
            let column = try find(stated, option: "split")
            guard
                let meaning = SplitColumn.isTest(facts.profiles[column].values, named: "is_test")
                    ?? SplitColumn.isTest(facts.profiles[column].values, named: names[column])
            else {
                throw .badOption(
                    name: "split",
                    value: stated,
                    expected:
                        "a column of train, test, val or the like, or of true where a row is for testing; its first values are "
                        + facts.profiles[column].examples.joined(separator: ", ")
                )
            }
            split = (column, meaning)
            return
        }
        for column in names.indices where column != id && labels?.columns.contains(column) != true {
            guard !used.contains(column), !ignored.contains(column) else { continue }
            let values = facts.profiles[column].values
            guard !facts.profiles[column].hasManyValues, facts.profiles[column].missing == 0 else { continue }
            if let meaning = SplitColumn.isTest(values, named: names[column]) {
                split = (column, meaning)
                return
            }
        }
    }

    // MARK: Inputs

    private mutating func findInputs() throws(IngestError) {
        var reasons: [Int: Reading.Column.Reason] = [:]
        var kinds: [Int: ColumnProfile.Kind] = [:]
        let others = names.indices.filter { $0 != id && $0 != split?.column && labels?.columns.contains($0) != true }
        for column in others {
            let kind = try facts.profiles[column].kind(
                name: names[column],
                asked: asked[column],
                decimalComma: facts.hasDecimalCommas
            )
            if facts.nested.contains(column) {
                reasons[column] = .nested
            } else if case .useless(let reason) = kind {
                reasons[column] = reason
            } else {
                kinds[column] = kind
                reasons[column] = reason(column, kind)
            }
        }
        let leaks = leaks(among: others.filter { kinds[$0] != nil && reasons[$0] == nil }, kinds)
        for column in leaks { reasons[column] = .determinesLabel }
        askedLeaks = leaks.filter(used.contains).map { names[$0] }
        for column in others where ignored.contains(column) { reasons[column] = .asked }
        for column in used where kinds[column] != nil { reasons[column] = nil }
        // A table of nothing but leaks is a rule that somebody wants to see learned.
        if !others.contains(where: { kinds[$0] != nil && reasons[$0] == nil }) {
            for column in leaks where !ignored.contains(column) { reasons[column] = nil }
        }
        for column in names.indices {
            let role: Reading.Column.Role =
                if labels?.columns.contains(column) == true {
                    .label
                } else if column == id {
                    .id
                } else if column == split?.column {
                    .split
                } else if reasons[column] == nil {
                    .input
                } else {
                    .ignored
                }
            if role == .input, let kind = kinds[column] { inputs.append((column, kind)) }
            guard columns.count < Reading.most || role != .input else { continue }
            columns.append(
                Reading.Column(
                    name: names[column],
                    role: role,
                    kind: kinds[column]?.name,
                    missing: max(0, facts.rows - facts.profiles[column].filled),
                    examples: facts.profiles[column].examples,
                    reason: role == .ignored
                        ? reasons[column]
                        : askedLeaks.contains(names[column]) && role == .input ? .determinesLabel : nil,
                    undo: undo(column, role, reasons[column])
                )
            )
        }
    }

    /// Why a column is no input, as far as it alone tells.
    private func reason(_ column: Int, _ kind: ColumnProfile.Kind) -> Reading.Column.Reason? {
        let profile = facts.profiles[column]
        let name = names[column].lowercased()
        if asked[column] != nil { return nil }
        let isRowName = facts.hasNames && UsualNames.rowNumbers.contains(name) && namesRows(column) && profile.areWhole
        if profile.isPermutation || profile.isCounter && profile.filled >= 5 && profile.texts == 0 || isRowName {
            return .rowNumber
        }
        if profile.areFileNames, namesRows(column) { return .fileName }
        if facts.hasNames, UsualNames.splits.contains(name), profile.areWhole, profile.distinct ?? .max <= 20 {
            return name.contains("fold") ? .splitMarker : nil
        }
        if facts.hasNames, UsualNames.endsInID(names[column]), namesRows(column) { return .id }
        return nil
    }

    /// Columns that know the label.
    private func leaks(among columns: [Int], _ kinds: [Int: ColumnProfile.Kind]) -> [Int] {
        guard let labels else { return [] }
        let codes: [UInt64] =
            switch labels {
            case .column(let column): facts.sample.codes[column]
            case .oneHot(let columns):
                facts.sample.codes[columns[0]].indices.map { row in
                    columns.reduce(1) { ($0 ^ facts.sample.codes[$1][row]) &* 0x100_0000_01b3 } | 1
                }
            }
        let knowledge = LabelKnowledge(label: codes)
        let own = label?.column ?? ""
        func hasLabelName(_ column: Int) -> Bool {
            facts.hasNames && UsualNames.looksLikeLabel(names[column], beside: own)
        }
        var measures: [Int: LabelKnowledge.Measure] = [:]
        var found: Set<Int> = []
        for column in columns {
            let profile = facts.profiles[column]
            var isNumber = false
            if case .number = kinds[column] { isNumber = true }
            // Quantities have many values or fractions; prose is never the same twice.
            guard isNumber ? profile.fractions == 0 && profile.distinct != nil : !profile.isProse,
                let measure = knowledge.measure(facts.sample.codes[column])
            else { continue }
            measures[column] = measure
            if knowledge.isKnown(measure, isNumber: isNumber, hasLabelName: hasLabelName(column)) {
                found.insert(column)
            }
        }
        found.formUnion(knowledge.parts(measures, hasLabelName: hasLabelName))
        return columns.filter(found.contains)
    }

    private func undo(_ column: Int, _ role: Reading.Column.Role, _ reason: Reading.Column.Reason?) -> String? {
        switch (role, reason) {
        case (.ignored, .empty), (.ignored, .nested), (.ignored, .constant): nil
        // An option cannot name a column without a name.
        case _ where names[column].isEmpty: nil
        case (.ignored, .asked): "leave it out of ignore="
        case (.ignored, _): "use=\(names[column])"
        case (.input, _): "ignore=\(names[column])"
        case (.label, _): options.label == nil ? "label=COLUMN" : nil
        case (.id, _): "use=\(names[column])"
        case (.split, _): "split=none"
        }
    }

    // MARK: Names

    private func find(all text: String?, option: String) throws(IngestError) -> [Int] {
        guard let text else { return [] }
        // A name may have a comma.
        if let whole = names.firstIndex(of: text) { return [whole] }
        var found: [Int] = []
        for name in IngestOptions.list(text) { found.append(try find(name, option: option)) }
        return found
    }

    private func find(_ name: String, option: String) throws(IngestError) -> Int {
        if let exact = names.firstIndex(of: name) { return exact }
        let close = names.indices.filter { names[$0].lowercased() == name.lowercased() }
        guard let only = close.first, close.count == 1 else {
            let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
            throw .badOption(name: option, value: name, expected: "one of the columns \(shown)")
        }
        return only
    }
}
