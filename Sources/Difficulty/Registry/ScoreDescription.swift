import Tasks

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

    /// Stands in a name for the train ratio in percent: such a score has one column for each of the job's.
    static let percent = "{percent}"

    /// The column's name; with `{percent}` in it there is one for each train ratio.
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
    /// The split plan without which there is no such score; nil where any will do.
    @Nullable public var plan: String?
    /// The choices.
    public var options: [Option]
    /// Columns that come with it, by suffix: `n`, `se`, `lo`, `hi`, `undefined`, `filled`, `rel`.
    public var companions: [String]
    /// Where it comes from.
    public var reference: String

    /// Whether there is no such score without neighbours' votes.
    public var needsProbes: Bool {
        needs.contains { EvidenceArray(rawValue: $0).map(EvidenceArray.ofProbes.contains) ?? false }
    }

    enum CodingKeys: String, CodingKey {
        case name, title, formula, dtype, range, unit, needs, plan, options, companions, reference
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
        plan: String? = nil,
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
        self.plan = plan
        self.options = options
        self.companions = companions.map(\.rawValue)
        self.reference = reference
    }

    /// What stands before the train ratio in the name; nil where it has none.
    var percentPrefix: Substring? {
        name.hasSuffix(Self.percent) ? name.dropLast(Self.percent.count) : nil
    }

    /// The score of one train ratio.
    func at(percent: Int) -> ScoreDescription {
        var score = self
        func fill(_ text: String) -> String {
            text.split(separator: Self.percent, omittingEmptySubsequences: false).joined(separator: "\(percent)")
        }
        score.name = fill(name)
        score.title = fill(title)
        score.sentence = fill(sentence)
        score.formula = fill(formula)
        return score
    }
}

/// The answer to `GET /v1/scores`.
public struct ScoreManifest: Codable, Sendable, Hashable {
    /// Every score, in the order of its columns.
    public var scores: [ScoreDescription]

    /// All scores of this version.
    public static let current = ScoreManifest(scores: ScoreRegistry.families.flatMap { $0.scores })

    /// The score of this name; of one of its columns where it has one for each train ratio.
    public subscript(name: String) -> ScoreDescription? {
        if let score = scores.first(where: { $0.name == name }) { return score }
        for score in scores {
            guard let prefix = score.percentPrefix, name.hasPrefix(prefix),
                let percent = Int(name.dropFirst(prefix.count)),
                (1...99).contains(percent), "\(prefix)\(percent)" == name
            else { continue }
            return score.at(percent: percent)
        }
        return nil
    }

    /// A train ratio in percent.
    public static func percent(_ ratio: Double) -> Int { Int((ratio * 100).rounded()) }

    /// The column of the consistency at a train ratio, such as `consistency_at_70`: names in conditions have no dot.
    public static func consistencyColumn(at ratio: Double) -> String {
        "consistency_at_\(percent(ratio))"
    }

    /// The scores that a job's split plan has, one of each column: of some there is one for each train ratio.
    func scores(of spec: ScoreSpec) -> [ScoreDescription] {
        scores.flatMap { score in
            guard let plan = score.plan else { return [score] }
            guard plan == spec.plan.name else { return [] }
            guard score.percentPrefix != nil, let ratios = spec.ratios else { return [score] }
            return ratios.map { score.at(percent: Self.percent($0)) }
        }
    }
}
