public import Backbones
public import Experiments
public import Recipes

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
    /// What this machine does fastest; nil: as the processor's features say.
    public var machine: MachineProfile?
    /// The pretrained networks that pictures may go through.
    public var backbones: BackboneShelf

    /// - Parameters:
    ///   - entries: all networks
    ///   - engine: what the engine is
    ///   - precisions: those that this processor trains in
    ///   - backbones: the pretrained networks that pictures may go through
    ///   - machine: what this machine does fastest
    public init(
        entries: [Entry],
        engine: EngineIdentity,
        precisions: [Precision] = [.f32],
        backbones: BackboneShelf = .empty,
        machine: MachineProfile? = nil
    ) {
        self.machine = machine
        self.backbones = backbones
        self.entries = entries
        self.engine = engine
        self.precisions = precisions
    }

    /// The network of that name.
    public func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
