import Files
import Foundation

/// The service's data folder (mode 0700): where everything stands, and the rule that only one service uses it.
public struct DataFolder: Sendable {
    /// Version of the layout that this program writes. A newer one is refused.
    static let version = 2

    /// The folder, absolute.
    public let root: String
    /// How files are written.
    public let files: Files
    private let lock: LockFile

    /// Opens the folder, making it where it is not there.
    ///
    /// - Throws: `DataFolderError` where another service holds it or a newer program wrote it, `FilesError` otherwise
    public init(_ path: String, files: Files) throws {
        let root = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        try files.createDirectory(root)
        lock = try Self.lock(root)
        self.root = root
        self.files = files
        let versionFile = "\(root)/VERSION"
        if files.exists(versionFile) {
            let text = String(decoding: try files.read(versionFile), as: UTF8.self)
            guard let found = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), found <= Self.version else {
                throw DataFolderError.newer(root, found: text, known: Self.version)
            }
            // Before anything in it changes: from here on an older program would misread it.
            if found < Self.version { try files.write(Array("\(Self.version)\n".utf8), to: versionFile) }
        } else {
            try files.write(Array("\(Self.version)\n".utf8), to: versionFile)
        }
        for name in [
            "incoming", "datasets", "evidence", "tasks", "checkpoints", "members", "jobs", "embeddings", "backbones",
        ] {
            try files.createDirectory("\(root)/\(name)")
        }
    }

    /// Takes the lock, with a little patience: a child that the previous service was just starting when it was killed
    /// still holds a copy of the descriptor until its exec.
    private static func lock(_ root: String) throws -> LockFile {
        var tries = 0
        while true {
            do {
                return try LockFile("\(root)/lock")
            } catch {
                guard error.code == EWOULDBLOCK else { throw error }
                tries += 1
                if tries > 40 { throw DataFolderError.inUse(root) }
                usleep(50_000)
            }
        }
    }

    var database: String { "\(root)/plumbline.sqlite" }
    /// Uploads in flight.
    public var incoming: String { "\(root)/incoming" }
    func upload(_ id: String) -> String { "\(incoming)/\(id)" }
    func dataset(_ digest: String) -> String { "\(root)/datasets/\(digest)" }
    /// The evidence of a training log, until the job that it was sent for has taken it.
    public func evidence(_ token: String) -> String { "\(evidence)/\(token)" }
    /// The name of a folder of embeddings: what pictures they are of comes first, so that they go with the last dataset that
    /// has these.
    public static func embedding(_ key: String, of pictures: String) -> String { "\(pictures.prefix(16)).\(key)" }

    /// Backbones that were sent: folders by their names.
    public var backbones: String { "\(root)/backbones" }
    /// Embeddings of datasets: folders by `embedding(_:of:)`.
    public var embeddings: String { "\(root)/embeddings" }
    var evidence: String { "\(root)/evidence" }
    func task(_ key: String, attempt: Int) -> String { "\(root)/tasks/\(key).\(attempt)" }
    /// The newest checkpoint that ended attempts left of a member.
    func checkpoint(_ key: String) -> String { "\(checkpoints)/\(key)" }
    var checkpoints: String { "\(root)/checkpoints" }
    /// The folder of a finished member.
    public func member(_ key: String) -> String { "\(root)/members/\(key)" }
    /// The folder of a job: its columns, and what belongs to no single revision.
    public func job(_ id: String) -> String { "\(root)/jobs/\(id)" }
    /// Previews of the first members of a job, by their keys, until they are reduced.
    func previews(_ id: String) -> String { "\(root)/jobs/\(id)/previews" }
    func revision(_ id: String, _ revision: Int) -> String { "\(root)/jobs/\(id)/columns/\(revision)" }
}

/// Why a data folder cannot be used.
public enum DataFolderError: Error, CustomStringConvertible {
    /// Another process holds its lock.
    case inUse(String)
    /// A newer program wrote it.
    case newer(String, found: String, known: Int)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .inUse(let path):
            "another plumbline is using the data folder \(path); stop it first or choose another with --data-dir"
        case .newer(let path, let found, let known):
            "the data folder \(path) has version \(found), this program knows versions up to \(known): use the newer one"
        }
    }
}
