public import Difficulty

/// How a member is trained: SGD with momentum, linear warm-up, then a schedule.
///
/// What is optional and off is absent from the JSON, so that settings which came later change no key of earlier
/// members.
public struct TrainingSettings: Codable, Hashable, Sendable {
    /// How the learning rate goes on after the warm-up.
    public enum Schedule: String, Codable, Sendable, CaseIterable {
        /// Half a cosine from the peak to zero.
        case cosine
        /// Multiplied by `stepFactor` at each epoch of `stepEpochs`.
        case step
        /// The peak rate to the end.
        case constant
        /// One cycle (Smith and Topin 2018): half a cosine up from a 25th of the peak over `warmupFraction` of the
        /// steps, then half a cosine down to a 250,000th.
        case oneCycle = "one_cycle"
    }

    /// T, passes over the training set.
    public var epochs: Int
    /// Examples a step.
    public var batchSize: Int
    /// The peak rate.
    public var learningRate: Double
    /// Momentum (not Nesterov).
    public var momentum: Double
    /// How the rate goes on after the warm-up.
    public var schedule: Schedule
    /// Share of the steps in which the rate rises to its peak: linearly, but for one cycle.
    public var warmupFraction: Double
    /// L2 decay, added to the gradient.
    public var weightDecay: Double
    /// Epochs (1-based) before which the step schedule lowers the rate; null for the others.
    public var stepEpochs: [Int]?
    /// The factor of the step schedule.
    public var stepFactor: Double
    /// Share of the training target that is spread evenly over all classes; nil is none. Scores see the given label.
    public var labelSmoothing: Double?
    /// Random changes of the pictures trained on; nil is none.
    public var augmentation: AugmentationSettings?
    /// In what elements activations and their gradients are kept.
    public var precision: Precision
    /// The job's seed: splits and member seeds derive from it.
    public var seed: UInt64

    /// In what elements activations, their gradients and the weights that are multiplied are kept. Master weights,
    /// sums and statistics are float32 in both.
    public enum Precision: String, Codable, Sendable, CaseIterable {
        /// IEEE 754 binary32.
        case f32
        /// bfloat16.
        case bf16
    }

    enum CodingKeys: String, CodingKey {
        case epochs
        case batchSize = "batch_size"
        case learningRate = "learning_rate"
        case momentum
        case schedule
        case warmupFraction = "warmup_fraction"
        case weightDecay = "weight_decay"
        case stepEpochs = "step_epochs"
        case stepFactor = "step_factor"
        case labelSmoothing = "label_smoothing"
        case augmentation
        case precision
        case seed
    }
}

/// How many members there are and what each holds out. Members come in whole rounds: the folds of a repeat, or one run
/// of each train ratio.
public struct EnsembleSettings: Codable, Hashable, Sendable {
    /// The split plan.
    public var plan: EnsemblePlan
    /// Members of a round: K, the number of train ratios, that of the sets of a verification, or 1 where a round is a run of
    /// `threshold_samples`.
    public var folds: Int
    /// Rounds: R; where `until` is set, so far.
    public var repeats: Int
    /// When the job stops adding repeats; nil where R is fixed.
    public var until: ReliabilityTarget?
    /// The train ratios of `subsets`, ascending; nil for the other plans.
    public var ratios: [Double]?

    /// - Parameters:
    ///   - plan: the split plan
    ///   - folds: members of a round
    ///   - repeats: rounds
    ///   - ratios: the train ratios of `subsets`
    ///   - until: when the job stops adding repeats
    public init(
        plan: EnsemblePlan,
        folds: Int,
        repeats: Int,
        ratios: [Double]? = nil,
        until: ReliabilityTarget? = nil
    ) {
        self.until = until
        self.plan = plan
        self.folds = folds
        self.repeats = repeats
        self.ratios = ratios
    }

    /// M: rounds of members.
    public var memberCount: Int { folds * repeats }
}

/// Which examples the members of a job hold out (scores.md section 1, "Split plan").
public enum EnsemblePlan: String, Codable, Sendable, CaseIterable {
    /// Repeated stratified K-fold.
    case kfold
    /// Random stratified subsets at one or several train ratios.
    case subsets
    /// Two runs on all labelled training examples, some of which have a fake class in each: see `ThresholdSamples`.
    case thresholdSamples = "threshold_samples"
    /// Chosen sets: the verification of a pruning.
    case selection
    /// That of a training log that was sent in.
    case imported
}

/// How the probes vote.
public struct ProbeSettings: Codable, Hashable, Sendable {
    /// Neighbours a vote; 0 where there are no probes.
    public var k: Int
    /// How neighbours are searched.
    public var neighbors: NeighborMode
    /// Whether input margins are worked out, and how; nil: not. Absent in the keys of members without.
    public var inputMargin: InputMarginMode?

    enum CodingKeys: String, CodingKey {
        case k, neighbors
        case inputMargin = "input_margin"
    }
}

/// Which decision boundaries an input margin looks at (scores.md section 2).
public enum InputMarginMode: String, Codable, Sendable, CaseIterable {
    /// The one with the runner-up.
    case runnerUp = "runner_up"
    /// Those with all other classes.
    case all
}

/// How the probes' neighbours are searched (scores.md section 2).
public enum NeighborMode: String, Codable, Sendable, CaseIterable {
    /// The k nearest in full dimension, as brute force in float64 finds them.
    case exact
    /// By estimated distances, from projections of the activations; its agreement with `exact` is measured on a sample
    /// and published.
    case projected
}

/// When training examples are observed (scores.md section 1).
public enum Observation: String, Codable, Sendable, CaseIterable {
    /// At their presentation, before the update (Toneva 2019).
    case presentation
    /// In an evaluation pass at the end of each epoch.
    case evaluation
}

/// Everything that a job runs with, resolved and echoed: nothing is left to a default.
public struct JobSettings: Codable, Hashable, Sendable {
    /// The network.
    public var model: ModelSettings
    /// How members are trained.
    public var training: TrainingSettings
    /// How many there are.
    public var ensemble: EnsembleSettings
    /// How the probes vote.
    public var probes: ProbeSettings
    /// When training examples are observed.
    public var observe: Observation
    /// Deviations from the scores' default conventions; nil: none. No part of the members.
    public var scoreOptions: ScoreOptions?
    /// The wrong labels that it plants to measure its scores; nil where it plants none.
    public var plant: PlantSettings?
    /// Of a training log that was sent in: what is known of it. Of the settings above only epochs, ensemble and probes say
    /// something then.
    public var imported: ImportedSettings?
    /// Of a verification of pruning: what it compares.
    public var pruning: PruningSettings?
}
