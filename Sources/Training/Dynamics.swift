/// What one training run leaves behind about every example: the evidence that the scores are computed from.
///
/// T epochs, N examples, C classes; arrays over T x N are indexed epoch * N + example.
public struct Dynamics: Sendable {
    /// T, N, C.
    public let epochs: Int, examples: Int, classes: Int
    /// T x N: predicted class at each observation.
    public internal(set) var predicted: [UInt16]
    /// T x N: probability of the given label; NaN without a label.
    public internal(set) var labelProbability: [Float]
    /// T x N: logit of the label minus the largest other one; NaN without a label.
    public internal(set) var margin: [Float]
    /// T x N: cross-entropy; NaN without a label.
    public internal(set) var loss: [Float]
    /// T x N: sum over classes of squared probabilities.
    public internal(set) var squaredProbabilities: [Float]
    /// N: predicted class before the first update.
    public internal(set) var initialPredicted: [UInt16]
    /// N x C: the finished network.
    public internal(set) var finalLogits: [Float]
    /// S epochs, counted from 1, at which logits of the held-out examples were kept; the last epoch is among them.
    public let snapshotEpochs: [Int]
    /// S x N_held x C: rows in increasing order of example.
    public internal(set) var heldOutLogits: [Float]
    /// By epoch.
    public internal(set) var summaries: [EpochSummary] = []
    /// Accuracy of the finished network on the examples it was trained on.
    public internal(set) var fit = 0.0
    /// Share of the most frequent label among the examples trained on.
    public internal(set) var majorityShare = 0.0
    /// Mean cross-entropy of the finished network on the examples it was trained on, and that of naming each class as often
    /// as it is there.
    public internal(set) var finalLoss = Double.infinity, priorLoss = Double.infinity
    /// Why the run did not learn, in one sentence; nil if it did.
    public internal(set) var failure: String?

    /// Accuracy and mean loss over the labelled examples of either part, as observed in one epoch.
    public struct EpochSummary: Sendable, Hashable {
        /// Of the examples trained on.
        public var trainAccuracy: Double, trainLoss: Double
        /// Of the examples held out; NaN where none has a label.
        public var heldOutAccuracy: Double, heldOutLoss: Double
        /// Mean learning rate.
        public var learningRate: Double

        /// Parameters are those of the properties.
        public init(
            trainAccuracy: Double,
            trainLoss: Double,
            heldOutAccuracy: Double,
            heldOutLoss: Double,
            learningRate: Double
        ) {
            self.trainAccuracy = trainAccuracy
            self.trainLoss = trainLoss
            self.heldOutAccuracy = heldOutAccuracy
            self.heldOutLoss = heldOutLoss
            self.learningRate = learningRate
        }
    }

    init(epochs: Int, examples: Int, classes: Int, heldOut: Int, snapshotEpochs: [Int]) {
        self.epochs = epochs
        self.examples = examples
        self.classes = classes
        self.snapshotEpochs = snapshotEpochs
        predicted = Array(repeating: 0, count: epochs * examples)
        let unseen = Array(repeating: Float.nan, count: epochs * examples)
        labelProbability = unseen
        margin = unseen
        loss = unseen
        squaredProbabilities = unseen
        initialPredicted = Array(repeating: 0, count: examples)
        finalLogits = Array(repeating: 0, count: examples * classes)
        heldOutLogits = Array(repeating: 0, count: snapshotEpochs.count * heldOut * classes)
    }

    /// Keeps what was seen of `example` in `epoch` (from 0).
    mutating func record(_ observation: LogitRow, epoch: Int, example: Int) {
        let place = epoch * examples + example
        predicted[place] = UInt16(observation.predicted)
        labelProbability[place] = observation.labelProbability
        margin[place] = observation.margin
        loss[place] = observation.loss
        squaredProbabilities[place] = observation.squaredProbabilities
    }

    /// Share of the prior's loss above which a network has learned nothing but the prior.
    private static let learned = 0.98

    /// Says why the run did not learn, where the finished network is no better than always naming the commonest class, and
    /// its probabilities say no more than how common the classes are.
    ///
    /// Accuracy alone does not tell: where one example of a hundred is of the rare class a network that ranks all of them
    /// right may name it never.
    mutating func judge() {
        guard !(fit > majorityShare), !(finalLoss < Self.learned * priorLoss) else { return }
        failure =
            "after training \(fit) of the training examples were classified as labelled, which is not above the share of the "
            + "most frequent label, \(majorityShare), and the loss of \(finalLoss) is not below that of naming each class as "
            + "often as it is there, \(priorLoss)"
    }

    /// That of the first epochs alone, after which the network was as `finalLogits` have it.
    ///
    /// - Parameter heldOut: rows held out, ascending
    func prefix(epochs count: Int, heldOut: [Int]) -> Dynamics {
        var prefix = Dynamics(
            epochs: count,
            examples: examples,
            classes: classes,
            heldOut: heldOut.count,
            snapshotEpochs: [count]
        )
        prefix.predicted = Array(predicted.prefix(count * examples))
        prefix.labelProbability = Array(labelProbability.prefix(count * examples))
        prefix.margin = Array(margin.prefix(count * examples))
        prefix.loss = Array(loss.prefix(count * examples))
        prefix.squaredProbabilities = Array(squaredProbabilities.prefix(count * examples))
        prefix.initialPredicted = initialPredicted
        prefix.finalLogits = finalLogits
        prefix.heldOutLogits = heldOut.flatMap { finalLogits[$0 * classes..<($0 + 1) * classes] }
        prefix.summaries = Array(summaries.prefix(count))
        prefix.fit = fit
        prefix.majorityShare = majorityShare
        (prefix.finalLoss, prefix.priorLoss) = (finalLoss, priorLoss)
        return prefix
    }

    /// At most `most` epochs, counted from 1, evenly spaced, the last among them.
    static func snapshots(of epochs: Int, most: Int = 10) -> [Int] {
        let count = min(epochs, most)
        return (1...max(count, 1)).map { ($0 * epochs + count - 1) / max(count, 1) }
    }
}
