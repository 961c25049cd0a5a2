import Datasets
import Experiments
import Recipes
import Tasks

/// What a job would cost, extrapolated from a calibration. A pure function of what was measured and of the plan.
public struct JobCost: Sendable, Hashable {
    /// Seconds of one member by what they are spent on.
    public struct MemberSeconds: Sendable, Hashable {
        /// Training steps.
        public var training = 0.0
        /// Evaluation of held-out examples after each epoch, and of all at both ends.
        public var evaluation = 0.0
        /// Probes: forward passes and neighbours.
        public var probes = 0.0
        /// Starting, and writing the evidence.
        public var rest = 0.0

        /// All of it.
        public var total: Double { training + evaluation + probes + rest }
    }

    /// Members that would be trained.
    public var membersToTrain: Int
    /// Members that train at once.
    public var workers: Int
    /// Multiplications of all members that would be trained; each goes with an addition.
    public var multiplications = 0.0
    /// Memory of one worker at its largest, in bytes.
    public var workerMemoryBytes = 0
    /// Room on the disk that the job takes at its largest, in bytes.
    public var diskBytes: Int
    /// One member.
    public var memberSeconds = MemberSeconds()
    /// All pictures through the backbone, on all workers together; 0 where that is done, or there is none.
    public var embeddingSeconds = 0.0
    /// From the first start of a member to the result, with all cores granted to this job.
    public var seconds: Double

    /// Floating-point operations.
    public var flops: Double { 2 * multiplications }

    /// Bytes a second that evidence is hashed and written at.
    private static let writeRate = 300e6
    /// Files and transactions that are made durable for a member.
    private static let durableWrites = 24.0
    /// Seconds of processor time that a reduction takes for one example of one member.
    private static let reductionSeconds = 1.5e-5

    /// - Parameters:
    ///   - settings: of the job
    ///   - data: its dataset
    ///   - members: members that would be trained
    ///   - total: all members
    ///   - slots: members that may train at once
    ///   - calibration: what was measured; nil where there is nothing to train
    package init(
        _ settings: DifficultySettings,
        on data: DatasetManifest,
        members: Int,
        of total: Int,
        slots: Int,
        calibration: Calibration?
    ) {
        membersToTrain = members
        workers = min(slots, members)
        let reduction = 0.3 + Double(total * data.numExamples) * Self.reductionSeconds
        guard let calibration, members > 0 else {
            diskBytes = 2 * Footprint(settings, on: data, probes: 0).revisionBytes
            seconds = reduction
            return
        }
        let footprint = Footprint(
            settings,
            on: data,
            probes: calibration.probeCount,
            snapshots: calibration.snapshots,
            weights: calibration.weights
        )
        diskBytes = footprint.jobBytes(tasks: members, workers: workers)
        workerMemoryBytes = calibration.memoryBytes

        // Members of random subsets train on unequal shares of what the calibrated one had in all.
        let labelled = data.classCounts.train.reduce(0, +)
        let all = Double(calibration.trainExamples + calibration.heldOutExamples)
        let trained = settings.ensemble.split.trainExamples(of: labelled, measured: calibration.trainExamples)
        let share = 1 / Double(trained.count)
        for train in trained {
            let work = Work(settings, calibration, train: train, all: all)
            memberSeconds.training += share * work.trained * calibration.trainSeconds
            memberSeconds.evaluation += share * work.evaluated * calibration.evaluateSeconds
            memberSeconds.probes +=
                share * calibration.probes.searchSeconds * work.pairs / work.sampledPairs
                + share * calibration.probes.embedSeconds
                / Double(calibration.probes.rows * calibration.probes.passes) * work.embedded
            let forward = Double(calibration.multiplications)
            // Forward and twice that backward.
            multiplications +=
                share * Double(members)
                * (forward * (3 * work.trained + work.evaluated + work.embedded)
                    + work.pairs * Double(calibration.probeWidth))
        }
        memberSeconds.rest =
            calibration.startSeconds + Double(footprint.taskBytes) / Self.writeRate
            + Self.durableWrites * calibration.fileSeconds

        // The last members may leave cores without work.
        let rounds = (members + workers - 1) / workers
        if calibration.backboneSeconds != nil, let backbone = settings.backbone {
            // Pieces, and then one array a probe.
            diskBytes += 2 * 4 * data.numExamples * backbone.totalWidth
        }
        embeddingSeconds = (calibration.backboneSeconds ?? 0) * Double(data.numExamples) / Double(workers)
        seconds = embeddingSeconds + Double(rounds) * memberSeconds.total + reduction
    }

    /// What a member has to do, in examples.
    private struct Work {
        /// Examples of all training steps.
        var trained: Double
        /// Examples evaluated.
        var evaluated: Double
        /// Examples that the probes pass through the network.
        var embedded: Double
        /// Comparisons of the probes.
        var pairs: Double
        /// Those of the sample that was measured.
        var sampledPairs: Double

        init(_ settings: DifficultySettings, _ calibration: Calibration, train: Double, all: Double) {
            let epochs = Double(settings.training.epochs)
            trained = epochs * train
            evaluated = 2 * all + epochs * (all - train + (settings.observe == .evaluation ? train : 0))
            embedded = all * Double(calibration.probePasses)
            pairs = JobCost.pairs(train, all)
            sampledPairs = JobCost.pairs(Double(calibration.probes.references), Double(calibration.probes.rows))
        }
    }

    /// Comparisons of a search: each pair of references once, and each reference with each other query.
    private static func pairs(_ references: Double, _ rows: Double) -> Double {
        references * (references / 2 + rows - references)
    }
}
