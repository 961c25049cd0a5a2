import Datasets

/// The `spec.json` of a member's task folder: all that a worker is told.
public struct MemberSpec: Codable, Sendable {
    /// Where the data is and what it looks like.
    public struct Data: Codable, Sendable {
        /// The data set's folder, absolute.
        public var directory: String
        /// `images` or `features`.
        public var kind: String
        /// H, W, C or D.
        public var shape: [Int]
        /// N.
        public var numExamples: Int
        /// C.
        public var numClasses: Int
        /// What is subtracted, per channel or column.
        public var mean: [Double]
        /// What it is divided by.
        public var std: [Double]

        enum CodingKeys: String, CodingKey {
            case directory
            case kind
            case shape
            case numExamples = "num_examples"
            case numClasses = "num_classes"
            case mean
            case std
        }
    }

    /// The probes with the seed of the tie-breaking hash.
    public struct Probes: Codable, Sendable {
        /// Neighbours a vote.
        public var k: Int
        /// How neighbours are searched.
        public var neighbors: NeighborMode
        /// Whether input margins are worked out, and how.
        public var inputMargin: InputMarginMode?
        /// Seed of the tie-breaking hash.
        public var tieSeed: UInt64

        enum CodingKeys: String, CodingKey {
            case k, neighbors
            case inputMargin = "input_margin"
            case tieSeed = "tie_seed"
        }
    }

    /// Version of this file.
    public var specVersion = 1
    /// The member's key; its evidence repeats it.
    public var key: String
    /// Names the training run without its probes.
    public var trainKey: String
    /// The data.
    public var dataset: Data
    /// The file of effective labels: the data set's, or one in the task folder where the member sees others.
    public var labels: String
    /// The file of the hold-out mask, in the task folder.
    public var heldOut: String
    /// The member's place in its job's plan.
    public var member: Int
    /// The network.
    public var model: ModelSettings
    /// The training settings.
    public var training: TrainingSettings
    /// When training examples are observed.
    public var observe: Observation
    /// The probes.
    public var probes: Probes
    /// The member's own seed.
    public var seed: UInt64
    /// Threads of the worker.
    public var threads: Int

    enum CodingKeys: String, CodingKey {
        case specVersion = "spec_version"
        case key
        case trainKey = "train_key"
        case dataset
        case labels
        case heldOut = "held_out"
        case member
        case model
        case training
        case observe
        case probes
        case seed
        case threads
    }

    /// - Parameters:
    ///   - plan: what the member is made from
    ///   - data: the data set's manifest
    ///   - folder: the data set's folder, absolute
    public init(plan: MemberPlan, data: DatasetManifest, folder: String) throws {
        key = try plan.probeKey()
        trainKey = try plan.trainKey()
        dataset = Data(
            directory: folder,
            kind: data.kind.rawValue,
            shape: data.shape,
            numExamples: data.numExamples,
            numClasses: plan.numClasses,
            mean: data.normalisation.mean,
            std: data.normalisation.std
        )
        labels = plan.seesOwnLabels ? "labels.npy" : "\(folder)/labels.npy"
        heldOut = "held_out.npy"
        member = plan.index
        model = plan.model
        training = plan.training
        observe = plan.observe
        probes = Probes(
            k: plan.probes.k,
            neighbors: plan.probes.neighbors,
            inputMargin: plan.probes.inputMargin,
            tieSeed: plan.tieSeed
        )
        seed = plan.memberSeed
        threads = plan.threads
    }
}
