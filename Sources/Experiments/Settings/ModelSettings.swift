/// The network of a job, resolved: nothing is left to a default.
public struct ModelSettings: Codable, Hashable, Sendable {
    /// The network's name in the catalogue, such as `mlp` or `cnn`.
    public var name: String
    /// Widths of the hidden layers, for networks that let one choose them; null for the others.
    public var hidden: [Int]?

    /// - Parameters:
    ///   - name: the network's name
    ///   - hidden: widths of the hidden layers
    public init(name: String, hidden: [Int]? = nil) {
        self.name = name
        self.hidden = hidden
    }
}

/// What the job settings need to know of the networks that the engine offers. The engine itself is not imported here:
/// the program hands its registry over at start.
public struct ModelCatalog: Sendable {
    /// One network.
    public struct Entry: Sendable {
        /// Its name in requests.
        public var name: String
        /// Why it cannot be used with these settings on examples of this shape (H, W, C or D) and number of classes, in
        /// one sentence; nil if it can.
        public var objection: @Sendable (_ settings: ModelSettings, _ shape: [Int], _ classes: Int) -> String?
        /// Names of the probes for given settings, the input first and the softmax last.
        public var probeNames: @Sendable (ModelSettings) -> [String]

        /// - Parameters:
        ///   - name: its name in requests
        ///   - objection: why it cannot be used with these settings on such examples; nil if it can
        ///   - probeNames: names of the probes, the input first and the softmax last
        public init(
            name: String,
            objection: @escaping @Sendable (_ settings: ModelSettings, _ shape: [Int], _ classes: Int) -> String?,
            probeNames: @escaping @Sendable (ModelSettings) -> [String]
        ) {
            self.name = name
            self.objection = objection
            self.probeNames = probeNames
        }
    }

    /// All networks, in the order in which they are listed to users.
    public var entries: [Entry]
    /// What the engine is: part of each member's key, since it decides the bits.
    public var engine: EngineIdentity

    /// - Parameters:
    ///   - entries: all networks
    ///   - engine: what the engine is
    public init(entries: [Entry], engine: EngineIdentity) {
        self.entries = entries
        self.engine = engine
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
