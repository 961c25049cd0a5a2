import Files
public import Recipes

/// `evidence.json`: what a training log that somebody sent came down to. It stands beside one folder of evidence a member
/// and is written last, so its presence proves the others.
public struct ImportedEvidence: Codable, Sendable, Hashable {
    /// Something a reader of the scores must know of the log.
    public struct Note: Codable, Sendable, Hashable {
        /// A stable name.
        public var code: String
        /// A plain sentence.
        public var detail: String

        /// A stable name and a plain sentence.
        public init(code: String, detail: String) {
            self.code = code
            self.detail = detail
        }
    }

    /// The name of the file.
    public static let fileName = "evidence.json"
    /// The folder of the members and of the file, in what an import writes.
    public static let membersFolder = "evidence"
    /// The folder of the examples, in what an import of a log without a dataset writes.
    public static let datasetFolder = "dataset"

    /// What the log was: `npz` or `cartography`.
    public var format: String
    /// N.
    public var examples: Int
    /// C.
    public var classes: Int
    /// T; 0 without training dynamics.
    public var epochs: Int
    /// P layers by name, the first that was given first; empty without layers.
    public var probeNames: [String]
    /// Neighbours that vote at each layer; 0 without layers.
    public var k: Int
    /// K: how many members in a row hold each example out once; 1 where members are not folds of each other.
    public var folds: Int
    /// R: members are `folds` x `repeats`.
    public var repeats: Int
    /// `presentation` or `evaluation`; nil where the sender did not say.
    public var observe: Observation?
    /// What a reader must know.
    public var notes: [Note]

    enum CodingKeys: String, CodingKey {
        case format, examples, classes, epochs, k, folds, repeats, observe, notes
        case probeNames = "probe_names"
    }

    /// Parameters are those of the properties.
    public init(
        format: String,
        examples: Int,
        classes: Int,
        epochs: Int,
        probeNames: [String],
        k: Int,
        folds: Int,
        repeats: Int,
        observe: Observation?,
        notes: [Note]
    ) {
        self.format = format
        self.examples = examples
        self.classes = classes
        self.epochs = epochs
        self.probeNames = probeNames
        self.k = k
        self.folds = folds
        self.repeats = repeats
        self.observe = observe
        self.notes = notes
    }

    /// The folder of a member's evidence, beside the file.
    public static func folder(ofMember index: Int) -> String { "member_\(index)" }

    /// The key of a member. Logs are not made by this program, so it is the sending that names their evidence, not what
    /// it was made from.
    ///
    /// - Parameter token: names the sending
    public static func key(_ token: String, member index: Int) -> String {
        SHA256Hasher.hash(Array("imported evidence\n\(token)\n\(index)\n".utf8))
    }
}
