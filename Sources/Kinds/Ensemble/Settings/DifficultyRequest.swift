public import Difficulty
public import Recipes

/// What a client asked for of a job of kind `difficulty`: every field may be missing.
public struct DifficultyRequest: Codable, Sendable {
    /// The network's name, `auto` where missing.
    public var model: String?
    /// What of the network was chosen.
    public var options = NetworkOptions()
    /// Defaults other than those that follow from the data.
    public var preset: Preset?
    /// Overrides of the training defaults.
    public var training = TrainingOverrides()
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

    /// The training settings that a request may override; see `TrainingSettings` for each.
    public struct TrainingOverrides: Codable, Sendable {
        /// T.
        public var epochs: Int?
        /// Examples a step.
        public var batchSize: Int?
        /// The peak rate.
        public var learningRate: Double?
        /// Momentum.
        public var momentum: Double?
        /// The schedule.
        public var schedule: TrainingSettings.Schedule?
        /// Share of the steps spent warming up.
        public var warmupFraction: Double?
        /// L2 decay.
        public var weightDecay: Double?
        /// Epochs of the step schedule.
        public var stepEpochs: [Int]?
        /// Factor of the step schedule.
        public var stepFactor: Double?
        /// Share of the target spread over all classes.
        public var labelSmoothing: Double?
        /// Random changes of the pictures trained on.
        public var augmentation: Augmentation?
        /// What is asked of the precision.
        public var precision: PrecisionChoice?
        /// The job's seed.
        public var seed: UInt64?

        /// Nothing overridden.
        public init() {}
    }

    /// A precision, or the one that is best here.
    public enum PrecisionChoice: String, Codable, Hashable, Sendable, CaseIterable {
        /// Whichever is faster among those that give the same scores.
        case auto
        /// float32.
        case f32
        /// bfloat16, where the processor has it.
        case bf16
    }

    /// Nothing is chosen.
    public init() {}
}
