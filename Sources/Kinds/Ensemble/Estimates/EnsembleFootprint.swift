import Datasets
import Experiments
import Recipes

/// What an ensemble leaves on the disk, counted array by array.
extension Footprint {
    /// Bytes an example of all columns together: some eighty, of four bytes each.
    private static let columnsPerExample = 340
    /// Headers, manifest, specification, log.
    private static let overhead = 32 << 10

    /// - Parameters:
    ///   - settings: of the job
    ///   - data: its dataset
    ///   - heldOut: share of the training split that a member holds out, on average; nil follows from the plan
    ///   - probes: P
    ///   - snapshots: epochs at which logits of held-out examples are kept
    ///   - weights: numbers that the network's weights are, as far as that is known
    package init(
        _ settings: DifficultySettings,
        on data: DatasetManifest,
        heldOut share: Double? = nil,
        probes: Int,
        snapshots: Int = 10,
        weights: Int = 0
    ) {
        let split = settings.ensemble.split
        let (count, classes) = (data.numExamples, data.classes.count + split.fakeClasses)
        let heldOut = data.splits.test + split.heldOut(of: data.splits.train, measured: share)
        let observations = settings.training.epochs * count * 18
        let logits = 4 * classes * (count + min(snapshots, settings.training.epochs) * heldOut)
        let votes = probes * (count * 5 + heldOut * 40)
        let memberBytes = observations + 3 * count + logits + votes + 4 * weights + Self.overhead
        // Weights and momentum.
        let checkpointBytes = observations + logits + 8 * weights
        let columnBytes = Self.columnBytes(examples: count, more: split.columnBytes)
        self.init(taskBytes: memberBytes, revisionBytes: columnBytes, checkpointBytes: checkpointBytes)
    }

    /// Bytes of a revision of columns.
    ///
    /// - Parameters:
    ///   - examples: N
    ///   - more: bytes an example of what only some jobs have
    package static func columnBytes(examples: Int, more: Int = 0) -> Int {
        examples * (columnsPerExample + more) + overhead
    }
}
