import Recipes

/// A training run between two steps: all that is needed to go on and end with the bits of a run that never stopped.
///
/// Order and augmentation need no state of a generator: they are functions of (seed, epoch, example). t epochs have
/// begun, N examples, C classes.
public struct Checkpoint: Sendable, Hashable {
    /// Updates done.
    public var step: Int
    /// Of the epochs that are over, their evaluation included.
    public var summaries: [Dynamics.EpochSummary]
    /// Seconds spent so far.
    public var trainSeconds: Double, evaluateSeconds: Double
    /// Parameters, momenta and whatever else lasts from step to step.
    public var tensors: [NamedTensor]
    /// t x N.
    public var predicted: [UInt16]
    /// t x N each.
    public var labelProbability: [Float], margin: [Float], loss: [Float], squaredProbabilities: [Float]
    /// N.
    public var initialPredicted: [UInt16]
    /// Snapshots so far x held-out x C.
    public var heldOutLogits: [Float]

    /// Parameters are those of the properties.
    public init(
        step: Int,
        summaries: [Dynamics.EpochSummary],
        trainSeconds: Double,
        evaluateSeconds: Double,
        tensors: [NamedTensor],
        predicted: [UInt16],
        labelProbability: [Float],
        margin: [Float],
        loss: [Float],
        squaredProbabilities: [Float],
        initialPredicted: [UInt16],
        heldOutLogits: [Float]
    ) {
        self.step = step
        self.summaries = summaries
        self.trainSeconds = trainSeconds
        self.evaluateSeconds = evaluateSeconds
        self.tensors = tensors
        self.predicted = predicted
        self.labelProbability = labelProbability
        self.margin = margin
        self.loss = loss
        self.squaredProbabilities = squaredProbabilities
        self.initialPredicted = initialPredicted
        self.heldOutLogits = heldOutLogits
    }
}

extension Trainer {
    /// The run as it stands; nil before the first update, when there is nothing to keep. To be called where `run` calls
    /// `pause`, or after it.
    ///
    /// An evaluation under way is not part of it: it changes nothing that is not written again when it is repeated.
    public func checkpoint() throws -> Checkpoint? {
        guard step > 0 else { return nil }
        let observed = epochsBegun(step) * dynamics.examples
        return Checkpoint(
            step: step,
            summaries: dynamics.summaries,
            trainSeconds: seconds.train,
            evaluateSeconds: seconds.evaluate,
            tensors: try model.state(),
            predicted: Array(dynamics.predicted[..<observed]),
            labelProbability: Array(dynamics.labelProbability[..<observed]),
            margin: Array(dynamics.margin[..<observed]),
            loss: Array(dynamics.loss[..<observed]),
            squaredProbabilities: Array(dynamics.squaredProbabilities[..<observed]),
            initialPredicted: dynamics.initialPredicted,
            heldOutLogits: Array(dynamics.heldOutLogits[..<snapshotFloats(after: dynamics.summaries.count)])
        )
    }

    /// Goes back to where a checkpoint of the same run was taken; `run` then does the rest.
    ///
    /// - Throws: `TrainingError.foreignCheckpoint` where it cannot be of this run; nothing is changed then.
    public mutating func restore(_ checkpoint: Checkpoint) throws {
        func check(_ fits: Bool, _ what: @autoclosure () -> String) throws {
            if !fits { throw TrainingError.foreignCheckpoint(what()) }
        }
        let step = checkpoint.step
        let over = checkpoint.summaries.count
        try check((1...stepsPerEpoch * dynamics.epochs).contains(step), "it was taken after step \(step)")
        // At the last step of an epoch its evaluation may be over or yet to come.
        try check(
            over == step / stepsPerEpoch || (step % stepsPerEpoch == 0 && over == step / stepsPerEpoch - 1),
            "\(over) epochs are over after step \(step)"
        )
        let observed = epochsBegun(step) * dynamics.examples
        for count in [
            checkpoint.predicted.count, checkpoint.labelProbability.count, checkpoint.margin.count,
            checkpoint.loss.count, checkpoint.squaredProbabilities.count,
        ] {
            try check(count == observed, "\(count) observations, not \(observed)")
        }
        try check(
            checkpoint.initialPredicted.count == dynamics.examples
                && checkpoint.heldOutLogits.count == snapshotFloats(after: over),
            "its arrays are of another size"
        )
        try model.setState(checkpoint.tensors)
        self.step = step
        seconds = (checkpoint.trainSeconds, checkpoint.evaluateSeconds)
        dynamics.summaries = checkpoint.summaries
        dynamics.predicted.replaceSubrange(..<observed, with: checkpoint.predicted)
        dynamics.labelProbability.replaceSubrange(..<observed, with: checkpoint.labelProbability)
        dynamics.margin.replaceSubrange(..<observed, with: checkpoint.margin)
        dynamics.loss.replaceSubrange(..<observed, with: checkpoint.loss)
        dynamics.squaredProbabilities.replaceSubrange(..<observed, with: checkpoint.squaredProbabilities)
        dynamics.initialPredicted = checkpoint.initialPredicted
        dynamics.heldOutLogits.replaceSubrange(..<checkpoint.heldOutLogits.count, with: checkpoint.heldOutLogits)
    }

    /// Epochs of which at least one update is done.
    private func epochsBegun(_ step: Int) -> Int { (step + stepsPerEpoch - 1) / stepsPerEpoch }

    /// Floats of the snapshots taken in the first `epochs`.
    private func snapshotFloats(after epochs: Int) -> Int {
        dynamics.snapshotEpochs.count { $0 <= epochs } * heldOutRows.count * dynamics.classes
    }
}
