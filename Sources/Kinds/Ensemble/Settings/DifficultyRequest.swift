public import Difficulty
public import Recipes
public import Service

/// What a client asked for of a job of kind `difficulty`: every field may be missing.
public struct DifficultyRequest: Codable, Sendable {
    /// The network's name, `auto` where missing.
    public var model: String?
    /// What of the network was chosen.
    public var options = NetworkOptions()
    /// Defaults other than those that follow from the data.
    public var preset: Preset?
    /// Overrides of the training defaults.
    public var training = Overrides<TrainingSettings>()
    /// The split plan; `kfold` where missing.
    public var plan: EnsemblePlan?
    /// Number of folds (`kfold`).
    public var folds: Int?
    /// Number of repeats (`kfold`).
    public var repeats: Int?
    /// How well a score is to repeat before no more repeats are added.
    public var until: Until?
    /// Train ratios (`subsets`).
    public var ratios: [Double]?
    /// Random subsets of each ratio (`subsets`).
    public var runs: Int?
    /// Neighbours a vote; nil is `auto`.
    public var k: Int?
    /// How neighbours are searched; nil is `exact`.
    public var neighbors: NeighborMode?
    /// Whether input margins are worked out, and how; nil is not.
    public var inputMargin: InputMarginMode?
    /// Deviations from the scores' default conventions; nil is none.
    public var scoreOptions: ScoreOptions?
    /// When training examples are observed.
    public var observe: Observation?
    /// Whether wrong labels are to be planted, to measure the scores by them.
    public var plant: Plant?
    /// The pretrained network that pictures go through first: its name, `none`, or `auto` where missing.
    public var backbone: String?
    /// Named sets of defaults; fields that a request sets itself come first.
    public enum Preset: String, Codable, Sendable, CaseIterable {
        /// The protocol of Baldock, Maennel and Neyshabur (2021): see `Defaults`.
        case paper
    }

    /// A wish for a reliability; see `ReliabilityTarget`.
    public struct Until: Codable, Sendable {
        /// The score.
        public var score: String
        /// The reliability.
        public var reliability: Double
        /// R at most; `ReliabilityTarget.defaultMaxRepeats` where missing.
        public var maxRepeats: Int?

        /// Parameters are those of the properties.
        public init(score: String, reliability: Double, maxRepeats: Int? = nil) {
            self.score = score
            self.reliability = reliability
            self.maxRepeats = maxRepeats
        }
    }

    /// What of planted labels may be chosen; see `PlantSettings` for the defaults.
    public struct Plant: Codable, Sendable {
        /// Share of the labelled training examples.
        public var fraction: Double?
        /// How a label becomes a wrong one; `uniform` where missing.
        public var kind: PlantSettings.Kind?

        /// Parameters are those of the properties.
        public init(fraction: Double? = nil, kind: PlantSettings.Kind? = nil) {
            self.fraction = fraction
            self.kind = kind
        }
    }

    /// Nothing is chosen.
    public init() {}
}
