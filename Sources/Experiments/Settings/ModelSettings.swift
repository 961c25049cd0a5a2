/// The network of a job, resolved: nothing is left to a default.
public struct ModelSettings: Codable, Hashable, Sendable {
    /// The network's name in the catalogue, such as `mlp` or `cnn`.
    public var name: String
    /// Widths of the hidden layers (`mlp`); this and all below are null, and no part of a member's key, where the
    /// network has no such thing or its own is taken.
    public var hidden: [Int]?
    /// Channels of the convolutions (`cnn`).
    public var channels: [Int]?
    /// Width of the dense layer before the logits (`cnn`).
    public var dense: Int?
    /// The normalisation behind each convolution (the deep networks).
    public var norm: Norm?
    /// Whether the weights of convolutions are standardised (the deep networks).
    public var weightStandardization: Bool?

    /// Over what a network normalises.
    public enum Norm: String, Codable, Sendable, CaseIterable {
        /// Groups of channels of one image.
        case group
        /// The mini-batch.
        case batch
    }

    enum CodingKeys: String, CodingKey {
        case name
        case hidden
        case channels
        case dense
        case norm
        case weightStandardization = "weight_standardization"
    }

    /// Parameters are those of the properties.
    public init(
        name: String,
        hidden: [Int]? = nil,
        channels: [Int]? = nil,
        dense: Int? = nil,
        norm: Norm? = nil,
        weightStandardization: Bool? = nil
    ) {
        self.name = name
        self.hidden = hidden
        self.channels = channels
        self.dense = dense
        self.norm = norm
        self.weightStandardization = weightStandardization
    }
}

/// What the job settings need to know of the networks that the engine offers. The engine itself is not imported here:
/// the program hands its registry over at start.
public struct ModelCatalog: Sendable {
    /// One network.
    public struct Entry: Sendable {
        /// Its name in requests.
        public var name: String
        /// Why it cannot be used with these settings on examples of this shape (H, W, C or D) and number of classes; nil
        /// if it can.
        public var objection: @Sendable (_ settings: ModelSettings, _ shape: [Int], _ classes: Int) -> Objection?
        /// Names of the probes for given settings, the input first and the softmax last.
        public var probeNames: @Sendable (ModelSettings) -> [String]

        /// - Parameters:
        ///   - name: its name in requests
        ///   - objection: why it cannot be used with these settings on such examples; nil if it can
        ///   - probeNames: names of the probes, the input first and the softmax last
        public init(
            name: String,
            objection: @escaping @Sendable (_ settings: ModelSettings, _ shape: [Int], _ classes: Int) -> Objection?,
            probeNames: @escaping @Sendable (ModelSettings) -> [String]
        ) {
            self.name = name
            self.objection = objection
            self.probeNames = probeNames
        }
    }

    /// Why a network cannot be used.
    public struct Objection: Sendable, Hashable, ExpressibleByStringLiteral {
        /// The field of `model` that is at fault; nil where it is the network or the data.
        public var field: String?
        /// One sentence.
        public var detail: String

        /// - Parameters:
        ///   - field: the field of `model` that is at fault
        ///   - detail: one sentence
        public init(field: String? = nil, detail: String) {
            self.field = field
            self.detail = detail
        }

        /// An objection to the network itself.
        public init(stringLiteral detail: String) { self.init(detail: detail) }
    }

    /// All networks, in the order in which they are listed to users.
    public var entries: [Entry]
    /// What the engine is: part of each member's key, since it decides the bits.
    public var engine: EngineIdentity
    /// The precisions that this processor trains in.
    public var precisions: [Precision]

    /// A precision by its name in settings.
    public typealias Precision = TrainingSettings.Precision

    /// - Parameters:
    ///   - entries: all networks
    ///   - engine: what the engine is
    ///   - precisions: those that this processor trains in
    public init(entries: [Entry], engine: EngineIdentity, precisions: [Precision] = [.f32]) {
        self.entries = entries
        self.engine = engine
        self.precisions = precisions
    }

    /// The network of that name.
    public func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}

/// What decides the bits of a training run besides its settings.
public struct EngineIdentity: Codable, Hashable, Sendable {
    /// Version of the training code and of the library below it.
    public var version: String
    /// The instruction set in use, such as `avx2`.
    public var instructionSet: String

    /// - Parameters:
    ///   - version: version of the training code and of the library below it
    ///   - instructionSet: the instruction set in use
    public init(version: String, instructionSet: String) {
        self.version = version
        self.instructionSet = instructionSet
    }
}
