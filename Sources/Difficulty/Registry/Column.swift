/// One number, or one category, per example.
struct Column: Sendable {
    /// What the numbers are to their score; the raw value is the name in `columns.json`.
    enum Companion: String, Codable, Sendable, CaseIterable {
        case value
        case count = "n"
        case standardError = "se"
        case low = "lo"
        case high = "hi"
        case undefined
        case filled
        case relative = "rel"
    }

    enum Values: Sendable {
        /// NaN where there is none.
        case numbers([Float])
        /// Codes into the categories, -1 where there is none.
        case codes([Int32], categories: [String])
    }

    let score: String
    let companion: Companion
    let values: Values

    init(score: String, _ companion: Companion, _ numbers: [Float]) {
        self.score = score
        self.companion = companion
        values = .numbers(numbers)
    }

    init(score: String, codes: [Int32], categories: [String]) {
        self.score = score
        companion = .value
        values = .codes(codes, categories: categories)
    }

    /// The column's name: the score's, with `_` and the companion behind it unless it is the value.
    var name: String { companion == .value ? score : score + "_" + companion.rawValue }

    /// The numbers, or nil for a category.
    var numbers: [Float]? {
        if case .numbers(let numbers) = values { numbers } else { nil }
    }

    /// The codes, or nil for numbers.
    var codes: [Int32]? {
        if case .codes(let codes, _) = values { codes } else { nil }
    }
}

/// The columns made so far, in order.
struct ColumnTable: Sendable {
    private(set) var columns: [Column] = []
    private var positions: [String: Int] = [:]
    /// N x C mean held-out probabilities at t*, row-major, NaN for examples never held out; nil without snapshots.
    var heldOutProbabilities: [Float]?
    /// Where the map's low and high depths begin; nil without `group`.
    var groupCuts: GroupCuts?
    /// What threshold samples say; nil where there are none.
    var thresholds: ThresholdSummary?

    mutating func append(_ added: [Column]) {
        for column in added {
            let isNew = positions.updateValue(columns.count, forKey: column.name) == nil
            precondition(isNew, "two columns named \(column.name)")
            columns.append(column)
        }
    }

    /// The column of this name.
    subscript(name: String) -> Column? { positions[name].map { columns[$0] } }

    /// The numbers of the column of this name.
    func numbers(_ name: String) -> [Float]? { self[name]?.numbers }

    /// The codes of the column of this name.
    func codes(_ name: String) -> [Int32]? { self[name]?.codes }
}
