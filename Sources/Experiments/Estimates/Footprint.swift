import Datasets

/// What a job leaves on the disk, counted array by array (scores.md section 1).
struct Footprint: Sendable, Hashable {
    /// Bytes of a finished member; of random subsets that of the mean train ratio.
    var memberBytes: Int
    /// Bytes of the columns of one revision.
    var columnBytes: Int
    /// Bytes of the checkpoint of a member that is being trained.
    var checkpointBytes: Int

    /// Bytes an example of all columns together: some eighty, of four bytes each.
    private static let columnsPerExample = 340
    /// Bytes an example of the columns of one train ratio: consistency, number, error and two bounds.
    private static let profilePerExample = 20
    /// Bytes an example of the 20 largest influences.
    private static let influencesPerExample = 20 * 13
    /// Headers, manifest, specification, log.
    private static let overhead = 32 << 10

    /// - Parameters:
    ///   - settings: of the job
    ///   - data: its data set
    ///   - probes: P
    ///   - snapshots: epochs at which logits of held-out examples are kept
    ///   - weights: numbers that the network's weights are, as far as that is known
    init(_ settings: JobSettings, on data: DatasetManifest, probes: Int, snapshots: Int = 10, weights: Int = 0) {
        let hasFakeClass = settings.ensemble.plan == .thresholdSamples
        let (count, classes) = (data.numExamples, data.classes.count + (hasFakeClass ? 1 : 0))
        let heldOut: Int
        if let ratios = settings.ensemble.ratios {
            let share = ratios.reduce(0) { $0 + (1 - $1) } / Double(ratios.count)
            heldOut = data.splits.test + Int(Double(data.splits.train) * share)
        } else if let pruning = settings.pruning {
            heldOut = data.splits.test + Int(Double(data.splits.train) * pruning.heldOutShare)
        } else if hasFakeClass {
            heldOut = data.splits.test
        } else {
            heldOut = data.splits.test + data.splits.train / settings.ensemble.folds
        }
        let observations = settings.training.epochs * count * 18
        let logits = 4 * classes * (count + min(snapshots, settings.training.epochs) * heldOut)
        let votes = probes * (count * 5 + heldOut * 40)
        memberBytes = observations + 3 * count + logits + votes + 4 * weights + Self.overhead
        // Weights and momentum.
        checkpointBytes = observations + logits + 8 * weights
        let influences = settings.ensemble.ratios?.count == 1 ? Self.influencesPerExample : 0
        let profile = (settings.ensemble.ratios?.count ?? 0) * Self.profilePerExample
        columnBytes = count * (Self.columnsPerExample + influences + profile) + Self.overhead
    }

    /// Bytes of a whole job: its members, their checkpoints while they are trained, and two revisions of columns.
    ///
    /// - Parameters:
    ///   - members: that are not there yet
    ///   - workers: that train at once
    func jobBytes(members: Int, workers: Int) -> Int {
        members * memberBytes + min(members, workers) * checkpointBytes + 2 * columnBytes
    }
}
