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
    public var augmentation: Augmentation?
    /// In what elements activations and their gradients are kept.
    public var precision: Precision
    /// Whose convolutions compute it in float32; nil: our own, where they apply.
    public var convolution: ConvolutionImplementation?
    /// Of a job: what its splits and the seeds of its members derive from. Of a run: the member's own, which draws the
    /// initial parameters, the order of the examples, and their augmentation.
    public var seed: UInt64

    /// Parameters are those of the properties.
    public init(
        epochs: Int,
        batchSize: Int,
        learningRate: Double,
        momentum: Double = 0.9,
        schedule: Schedule = .cosine,
        warmupFraction: Double = 0.05,
        weightDecay: Double = 0,
        stepEpochs: [Int]? = nil,
        stepFactor: Double = 0.1,
        labelSmoothing: Double? = nil,
        augmentation: Augmentation? = nil,
        precision: Precision = .f32,
        convolution: ConvolutionImplementation? = nil,
        seed: UInt64
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.momentum = momentum
        self.schedule = schedule
        self.warmupFraction = warmupFraction
        self.weightDecay = weightDecay
        self.stepEpochs = stepEpochs
        self.stepFactor = stepFactor
        self.labelSmoothing = labelSmoothing
        self.augmentation = augmentation
        self.precision = precision
        self.convolution = convolution
        self.seed = seed
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
        case convolution
        case seed
    }
}
