/// One entry of `columns.json`, a JSON list in the order of the columns.
public struct ColumnRecord: Codable, Sendable, Hashable {
    /// The column's name; its file is `<name>.npy`.
    public var name: String
    /// `float32` (NaN = null) or `category` (i32 codes, -1 = null).
    public var dtype: String
    /// The categories in the order of their codes; nil for numbers.
    @Nullable public var categories: [String]?
    /// The score it belongs to.
    public var score: String
    /// `value`, `n`, `se`, `lo`, `hi`, `undefined`, `filled` or `rel`.
    public var companion: String
    /// Whether larger is harder; nil where there is no direction, and for `n`, `se`, `lo` and `hi`.
    @Nullable public var higherIsHarder: Bool?
    /// A short title.
    public var title: String
    /// The unit, empty for pure numbers.
    public var unit: String

    enum CodingKeys: String, CodingKey {
        case name, dtype, categories, score, companion, title, unit
        case higherIsHarder = "higher_is_harder"
    }

    init(_ column: Column) {
        name = column.name
        score = column.score
        companion = column.companion.rawValue
        switch column.values {
        case .numbers: (dtype, categories) = ("float32", nil)
        case .codes(_, let names): (dtype, categories) = ("category", names)
        }
        let description = ScoreManifest.current[column.score]
        let title = description?.title ?? column.score
        let unit = description?.unit ?? ""
        switch column.companion {
        case .value: (self.title, self.unit) = (title, unit)
        case .count:
            (self.title, self.unit) = (
                "\(title): number of members", column.score == "misclassification_margin" ? "events" : "members"
            )
        case .standardError: (self.title, self.unit) = ("\(title): standard error", unit)
        case .low: (self.title, self.unit) = ("\(title): lower bound", unit)
        case .high: (self.title, self.unit) = ("\(title): upper bound", unit)
        case .undefined: (self.title, self.unit) = ("\(title): share of members where it is undefined", "")
        case .filled: (self.title, self.unit) = ("\(title), undefined as deepest", unit)
        case .relative: (self.title, self.unit) = ("\(title), share of the layers", "")
        }
        switch column.companion {
        case .value, .undefined, .filled, .relative: higherIsHarder = description?.higherIsHarder
        case .count, .standardError, .low, .high: higherIsHarder = nil
        }
    }
}
