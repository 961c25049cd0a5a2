/// What `plumbline calibrate` measured: a few training steps, a few batches of inference, and the probes of a sample.
///
/// Seconds are of processor time, so that other work on the machine does not count; a worker has one thread. Only what
/// waits for the disk is measured by the clock.
public struct Calibration: Codable, Hashable, Sendable {
    /// A search of the probes on some of the examples.
    public struct ProbeSample: Codable, Hashable, Sendable {
        /// Examples in it.
        public var rows: Int
        /// Those of them that are references.
        public var references: Int
        /// Forward passes over all of them.
        public var passes: Int
        /// Spent on forward passes.
        public var embedSeconds: Double
        /// Spent on neighbours.
        public var searchSeconds: Double

        enum CodingKeys: String, CodingKey {
            case rows
            case references
            case passes
            case embedSeconds = "embed_seconds"
            case searchSeconds = "search_seconds"
        }

        /// Parameters are those of the properties.
        public init(rows: Int, references: Int, passes: Int, embedSeconds: Double, searchSeconds: Double) {
            self.rows = rows
            self.references = references
            self.passes = passes
            self.embedSeconds = embedSeconds
            self.searchSeconds = searchSeconds
        }
    }

    /// Examples that the member trains on.
    public var trainExamples: Int
    /// All others.
    public var heldOutExamples: Int
    /// From the start of the process to the first step.
    public var startSeconds: Double
    /// One example in one training step.
    public var trainSeconds: Double
    /// One example in evaluation.
    public var evaluateSeconds: Double
    /// Making one small file durable.
    public var fileSeconds: Double
    /// Steps that were measured.
    public var steps: Int
    /// The probes.
    public var probes: ProbeSample
    /// Forward passes over all examples that the probes of a whole member need, beside its last evaluation.
    public var probePasses: Int
    /// Multiplications of one forward pass of one example.
    public var multiplications: Int
    /// Widths of all probes together.
    public var probeWidth: Int
    /// P.
    public var probeCount: Int
    /// One picture through the backbone, where it is still to be done for all; nil where it is not.
    public var backboneSeconds: Double?
    /// Epochs at which logits of held-out examples are kept.
    public var snapshots: Int
    /// Numbers that the network's weights are.
    public var weights: Int
    /// Memory of a worker at its largest, in bytes.
    public var memoryBytes: Int

    enum CodingKeys: String, CodingKey {
        case trainExamples = "train_examples"
        case heldOutExamples = "heldout_examples"
        case startSeconds = "start_seconds"
        case trainSeconds = "train_seconds"
        case evaluateSeconds = "evaluate_seconds"
        case fileSeconds = "file_seconds"
        case steps
        case probes
        case probePasses = "probe_passes"
        case multiplications
        case probeWidth = "probe_width"
        case probeCount = "probe_count"
        case backboneSeconds = "backbone_seconds"
        case snapshots
        case weights
        case memoryBytes = "memory_bytes"
    }

    /// Parameters are those of the properties.
    public init(
        trainExamples: Int,
        heldOutExamples: Int,
        startSeconds: Double,
        trainSeconds: Double,
        evaluateSeconds: Double,
        fileSeconds: Double,
        steps: Int,
        probes: ProbeSample,
        probePasses: Int,
        multiplications: Int,
        probeWidth: Int,
        probeCount: Int,
        snapshots: Int,
        weights: Int,
        memoryBytes: Int
    ) {
        self.trainExamples = trainExamples
        self.heldOutExamples = heldOutExamples
        self.startSeconds = startSeconds
        self.trainSeconds = trainSeconds
        self.evaluateSeconds = evaluateSeconds
        self.fileSeconds = fileSeconds
        self.steps = steps
        self.probes = probes
        self.probePasses = probePasses
        self.multiplications = multiplications
        self.probeWidth = probeWidth
        self.probeCount = probeCount
        self.snapshots = snapshots
        self.weights = weights
        self.memoryBytes = memoryBytes
    }
}

/// What `plumbline throughput` measured.
public struct Throughput: Codable, Hashable, Sendable {
    /// Examples a second that it trained on.
    public var examplesPerSecond: Double

    enum CodingKeys: String, CodingKey {
        case examplesPerSecond = "examples_per_second"
    }

    /// - Parameter examplesPerSecond: examples a second that it trained on
    public init(examplesPerSecond: Double) { self.examplesPerSecond = examplesPerSecond }
}
