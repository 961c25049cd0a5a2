/// The folder of one attempt at a task: what the service puts there for the worker, and what the worker leaves.
public struct TaskFolder: Hashable, Sendable {
    /// The folder, absolute.
    public let path: String

    /// - Parameter path: the folder, absolute
    public init(_ path: String) { self.path = path }

    /// A file of the folder, or one that is named absolutely.
    public func file(_ name: String) -> String { name.hasPrefix("/") ? name : "\(path)/\(name)" }

    /// What the worker is told: a `TaskHeader` and what its task wants to know.
    public var specification: String { file("spec.json") }
    /// Renamed into place last: the proof that all the rest is there.
    public var manifest: String { file(Self.manifestName) }
    /// Where the worker may keep what the next attempt goes on from.
    public var checkpoint: String { file(Self.checkpointName) }
    /// Where the worker leaves evidence of what it has done so far, where it is asked to: a folder with a manifest.
    public var preview: String { file(Self.previewName) }
    /// What the worker wrote to standard error.
    public var log: String { file("stderr.log") }

    /// The name of the manifest here, and in the folder of finished evidence.
    public static let manifestName = "manifest.json"
    /// The name of the checkpoint.
    public static let checkpointName = "checkpoint"
    /// The name of the preview.
    public static let previewName = "preview"
    /// Which examples a member holds out: N u8.
    public static let heldOutName = "held_out.npy"
    /// The labels that a member sees where they are not the dataset's: N i32.
    public static let labelsName = "labels.npy"
}

/// What the specification of every task says: which worker's it is.
public struct TaskHeader: Codable, Hashable, Sendable {
    /// The name of the task: see `TaskWork`.
    public var task: String

    /// - Parameter task: the name of the task
    public init(task: String) { self.task = task }
}

/// What the specification of every reduction says: which one it is, and where its revision goes.
public struct ReductionHeader: Codable, Hashable, Sendable {
    /// The name of the reduction: see `ReductionWork`.
    public var reduction: String
    /// Where the revision goes; `summary.json` appears there last.
    public var outputDirectory: String

    enum CodingKeys: String, CodingKey {
        case reduction
        case outputDirectory = "output_directory"
    }

    /// Parameters are those of the properties.
    public init(reduction: String, outputDirectory: String) {
        self.reduction = reduction
        self.outputDirectory = outputDirectory
    }
}
