import Compute

/// How one member is trained.
public struct TrainingSettings: Sendable, Hashable {
    /// When the examples trained on are observed; those held out are always observed at the end of an epoch.
    public enum Observing: String, Sendable, Codable, CaseIterable {
        /// In their mini-batch, before the update (Toneva et al. 2019). With augmentation what is observed is the changed
        /// picture.
        case presentation
        /// With all others at the end of the epoch.
        case evaluation
    }

    /// Passes over the training examples.
    public var epochs: Int
    /// Examples in a mini-batch.
    public var batchSize: Int
    /// The highest learning rate.
    public var learningRate: Double
    /// How the rate goes after the warm-up.
    public var course: LearningRate.Course
    /// Share of all steps over which the rate rises.
    public var warmupFraction: Double
    /// Of SGD.
    public var momentum: Double
    /// L2 penalty, added to the gradient of every parameter.
    public var weightDecay: Double
    /// Share of the training target that is spread evenly over all classes, 0 to below 1 (Szegedy et al. 2016). It
    /// changes the gradient only: loss, probability and margin are observed for the given label.
    public var labelSmoothing: Double
    /// Random changes of the pictures trained on; nil trains on them as they are.
    public var augmentation: Augmentation?
    /// In what elements activations and their gradients are kept.
    public var precision: Precision
    /// When the examples trained on are observed.
    public var observing: Observing
    /// Draws the initial parameters, the order of the examples, and their augmentation.
    public var seed: UInt64

    /// Parameters are those of the properties; defaults are those of scores.md, section 1.
    public init(
        epochs: Int,
        batchSize: Int,
        learningRate: Double,
        course: LearningRate.Course = .cosine,
        warmupFraction: Double = 0.05,
        momentum: Double = 0.9,
        weightDecay: Double = 0,
        labelSmoothing: Double = 0,
        augmentation: Augmentation? = nil,
        precision: Precision = .f32,
        observing: Observing = .presentation,
        seed: UInt64
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.course = course
        self.warmupFraction = warmupFraction
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.labelSmoothing = labelSmoothing
        self.augmentation = augmentation
        self.precision = precision
        self.observing = observing
        self.seed = seed
    }
}
