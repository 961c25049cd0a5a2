/// What the service publishes about a score at `GET /v1/scores`.
public struct ScoreDescription: Codable, Sendable, Hashable {
    /// A choice the definition leaves open.
    public struct Option: Codable, Sendable, Hashable {
        /// Its name in a request.
        public var name: String
        /// What holds when nothing is said.
        public var standard: String
        /// What it changes.
        public var effect: String

        enum CodingKeys: String, CodingKey {
            case name
            case standard = "default"
            case effect = "description"
        }
    }

    /// The column's name.
    public var name: String
    /// A short title.
    public var title: String
    /// One plain sentence.
    public var sentence: String
    /// The definition as a formula.
    public var formula: String
    /// `float32` or `category`.
    public var dtype: String
    /// Whether larger means harder or more suspect; nil where there is no such direction.
    @Nullable public var higherIsHarder: Bool?
    /// Smallest and largest possible value; nil where unbounded.
    public var range: [Double?]
    /// The unit, empty for pure numbers.
    public var unit: String
    /// The evidence it is computed from.
    public var needs: [String]
    /// The choices.
    public var options: [Option]
    /// Columns that come with it, by suffix: `n`, `se`, `lo`, `hi`, `undefined`, `filled`, `rel`.
    public var companions: [String]
    /// Where it comes from.
    public var reference: String

    enum CodingKeys: String, CodingKey {
        case name, title, formula, dtype, range, unit, needs, options, companions, reference
        case sentence = "description"
        case higherIsHarder = "higher_is_harder"
    }

    init(
        _ name: String,
        title: String,
        sentence: String,
        formula: String,
        dtype: String = "float32",
        higherIsHarder: Bool?,
        range: [Double?] = [nil, nil],
        unit: String = "",
        needs: [EvidenceArray],
        companions: [Column.Companion] = [],
        options: [Option] = [],
        reference: String
    ) {
        self.name = name
        self.title = title
        self.sentence = sentence
        self.formula = formula
        self.dtype = dtype
        self.higherIsHarder = higherIsHarder
        self.range = range
        self.unit = unit
        self.needs = needs.map(\.rawValue)
        self.options = options
        self.companions = companions.map(\.rawValue)
        self.reference = reference
    }
}

/// The answer to `GET /v1/scores`.
public struct ScoreManifest: Codable, Sendable, Hashable {
    /// Every score, in the order of its columns.
    public var scores: [ScoreDescription]

    /// All scores of this version.
    public static let current = ScoreManifest(scores: ScoreRegistry.families.flatMap { $0.scores })

    /// The score of this name.
    public subscript(name: String) -> ScoreDescription? { scores.first { $0.name == name } }
}
