public import Files
import Foundation

/// What the service reads of the `manifest.json` that a worker renames into place last: the proof that its evidence is
/// whole. Whose task it was reads the rest of it.
public struct TaskManifest: Decodable, Sendable {
    /// Version of the evidence arrays.
    public var evidenceVersion: Int
    /// The task's key.
    public var key: String
    /// Digest and size of each file.
    public var files: [String: FileDigest]
    /// What came out of it: a `TaskResult`, and whatever else its kind tells.
    public var result: JSON

    enum CodingKeys: String, CodingKey {
        case evidenceVersion = "evidence_version"
        case key
        case files
        case result
    }

    /// Reads the manifest of a folder and holds it against the folder's content.
    ///
    /// - Returns: nil where there is no manifest, that is, where the task did not finish
    /// - Throws: `EvidenceError` where the manifest is there but does not hold
    public static func load(from folder: String, key: String, files: Files) throws -> TaskManifest? {
        let path = "\(folder)/\(TaskFolder.manifestName)"
        guard files.exists(path) else { return nil }
        let bytes = try files.read(path)
        let manifest: TaskManifest
        do {
            manifest = try JSONDecoder().decode(TaskManifest.self, from: Data(bytes))
        } catch {
            throw EvidenceError.unreadable("\(error)")
        }
        guard manifest.key == key else { throw EvidenceError.otherKey(manifest.key) }
        for (name, digest) in manifest.files {
            guard let size = try? files.size("\(folder)/\(name)") else { throw EvidenceError.missing(name) }
            guard size == digest.bytes else { throw EvidenceError.size(name, expected: digest.bytes, got: size) }
        }
        return manifest
    }
}

/// What the queue looks at of what came out of a task.
public struct TaskResult: Codable, Hashable, Sendable {
    /// False where the task is done and yet nothing to count on, such as a network that did not learn: it is left out, and
    /// counted.
    public var learned: Bool?
    /// Why so.
    public var reason: String?
    /// Seconds by phase.
    public var seconds: [String: Double]?

    /// Parameters are those of the properties.
    public init(learned: Bool? = nil, reason: String? = nil, seconds: [String: Double]? = nil) {
        self.learned = learned
        self.reason = reason
        self.seconds = seconds
    }
}

/// Evidence that does not hold what its manifest promises.
public enum EvidenceError: Error, CustomStringConvertible {
    /// The manifest is not the JSON it should be.
    case unreadable(String)
    /// The manifest belongs to another member.
    case otherKey(String)
    /// An array is not there.
    case missing(String)
    /// An array has another size.
    case size(String, expected: Int, got: Int)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .unreadable(let why): "the manifest cannot be read: \(why)"
        case .otherKey(let key): "the manifest belongs to member \(key)"
        case .missing(let name): "\(name) is missing"
        case .size(let name, let expected, let got): "\(name) has \(got) bytes, expected \(expected)"
        }
    }
}
