public import Recipes

/// The `spec.json` of a member's task folder: all that a worker is told.
public struct MemberSpec: Codable, Sendable {
    /// Where the data is and what it looks like.
    public struct Data: Codable, Sendable {
        /// What an example is.
        public enum Kind: String, Codable, Sendable {
            /// Pixels, H x W x C bytes.
            case images
            /// D numbers.
            case features
        }

        /// The dataset's folder, absolute.
        public var directory: String
        /// What an example is.
        public var kind: Kind
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
        /// The embeddings that stand for the pictures; then an example is D numbers, centred and scaled by what all of them
        /// are, and `mean` and `std` are empty. Nil where members see the examples themselves.
        public var embedding: EmbeddingSpec?

        /// Parameters are those of the properties.
        public init(
            directory: String,
            kind: Kind,
            shape: [Int],
            numExamples: Int,
            numClasses: Int,
            mean: [Double],
            std: [Double],
            embedding: EmbeddingSpec? = nil
        ) {
            self.directory = directory
            self.kind = kind
            self.shape = shape
            self.numExamples = numExamples
            self.numClasses = numClasses
            self.mean = mean
            self.std = std
            self.embedding = embedding
        }

        enum CodingKeys: String, CodingKey {
            case directory
            case kind
            case shape
            case numExamples = "num_examples"
            case numClasses = "num_classes"
            case mean
            case std
            case embedding
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
        /// In what elements candidates are compared; nil: bfloat16 where the processor has it. The answer is the same.
        public var candidates: Precision?
        /// Seed of the tie-breaking hash.
        public var tieSeed: UInt64

        /// Parameters are those of the properties.
        public init(
            k: Int,
            neighbors: NeighborMode,
            inputMargin: InputMarginMode?,
            candidates: Precision? = nil,
            tieSeed: UInt64
        ) {
            self.candidates = candidates
            self.k = k
            self.neighbors = neighbors
            self.inputMargin = inputMargin
            self.tieSeed = tieSeed
        }

        enum CodingKeys: String, CodingKey {
            case k, neighbors, candidates
            case inputMargin = "input_margin"
            case tieSeed = "tie_seed"
        }
    }

    /// Whose task it is.
    public private(set) var task = Self.task
    /// Version of this file.
    public private(set) var specVersion = Self.version
    /// The member's key; its evidence repeats it.
    public var key: String
    /// Names the training run without its probes.
    public var trainKey: String
    /// The data.
    public var dataset: Data
    /// The file of effective labels: the dataset's, or one in the task folder where the member sees others.
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
        case task
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

    /// The name of the task.
    public static let task = "member"
    /// The version of the file that this program writes and reads.
    public static let version = 1

    /// Parameters are those of the properties.
    public init(
        key: String,
        trainKey: String,
        dataset: Data,
        labels: String,
        heldOut: String,
        member: Int,
        model: ModelSettings,
        training: TrainingSettings,
        observe: Observation,
        probes: Probes,
        seed: UInt64,
        threads: Int
    ) {
        self.key = key
        self.trainKey = trainKey
        self.dataset = dataset
        self.labels = labels
        self.heldOut = heldOut
        self.member = member
        self.model = model
        self.training = training
        self.observe = observe
        self.probes = probes
        self.seed = seed
        self.threads = threads
    }
}
