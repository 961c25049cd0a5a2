/// What came of a training run, in numbers. JSON has no word for what is not finite: such a number, or a series with one,
/// is left out; so is what a log of somebody else's training does not tell.
public struct MemberResult: Codable, Sendable {
    /// Whether the network learned; one that did not is excluded and counted.
    public var learned: Bool
    /// Why it did not.
    public var reason: String?
    /// Final accuracy on the training set, in evaluation mode.
    public var fit: Double?
    /// Share of the most frequent label among the examples trained on.
    public var majorityShare: Double?
    /// Accuracy of the observations of the training set, one an epoch.
    public var trainAccuracy: [Double]?
    /// Held-out accuracy after each epoch.
    public var heldoutAccuracy: [Double]?
    /// Mean loss of the observations of the training set, one an epoch.
    public var trainLoss: [Double]?
    /// Mean held-out loss after each epoch.
    public var heldoutLoss: [Double]?
    /// Mean learning rate of each epoch.
    public var learningRate: [Double]?
    /// Epochs, from 1, at which logits of held-out examples were kept.
    public var snapshotEpochs: [Int]?
    /// Seconds by phase.
    public var seconds: [String: Double]?
    /// Largest resident size of the worker in bytes.
    public var peakRSS: Int?

    enum CodingKeys: String, CodingKey {
        case learned, reason, fit, seconds
        case majorityShare = "majority_share"
        case trainAccuracy = "train_accuracy"
        case heldoutAccuracy = "heldout_accuracy"
        case trainLoss = "train_loss"
        case heldoutLoss = "heldout_loss"
        case learningRate = "learning_rate"
        case snapshotEpochs = "snapshot_epochs"
        case peakRSS = "peak_rss_bytes"
    }

    /// Nothing is known but whether it learned.
    public init(learned: Bool, reason: String? = nil) {
        self.learned = learned
        self.reason = reason
    }
}
