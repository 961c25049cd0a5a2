import Files
import Foundation

/// The `manifest.json` that a worker renames into place last: the proof that its evidence is whole.
public struct MemberManifest: Codable, Sendable {
    /// What came out of the training run.
    public struct Result: Codable, Sendable {
        /// Whether the network learned; one that did not is excluded and counted.
        public var learned: Bool
        /// Why it did not.
        public var reason: String?
        /// Final accuracy on the training set, in evaluation mode.
        public var fit: Double?
        /// Accuracy of the observations of the training set, one an epoch.
        public var trainAccuracy: [Double]?
        /// Held-out accuracy after each epoch.
        public var heldoutAccuracy: [Double]?
        /// Mean loss of the observations of the training set, one an epoch.
        public var trainLoss: [Double]?
        /// Mean held-out loss after each epoch.
        public var heldoutLoss: [Double]?
        /// Seconds by phase.
        public var seconds: [String: Double]?
        /// Largest resident size of the worker in bytes.
        public var peakRSS: Int?

        enum CodingKeys: String, CodingKey {
            case learned
            case reason
            case fit
            case trainAccuracy = "train_accuracy"
            case heldoutAccuracy = "heldout_accuracy"
            case trainLoss = "train_loss"
            case heldoutLoss = "heldout_loss"
            case seconds
            case peakRSS = "peak_rss_bytes"
        }
    }

    /// Version of the evidence arrays.
    public var evidenceVersion: Int
    /// The member's key.
    public var key: String
    /// Digest and size of each array.
    public var files: [String: FileDigest]
    /// What came out of the training run.
    public var result: Result

    enum CodingKeys: String, CodingKey {
        case evidenceVersion = "evidence_version"
        case key
        case files
        case result
    }

    /// Reads the manifest of a folder and holds it against the folder's content.
    ///
    /// - Returns: nil where there is no manifest, that is, where the member did not finish
    /// - Throws: `EvidenceError` where the manifest is there but does not hold
    public static func load(from folder: String, key: String, files: Files) throws -> MemberManifest? {
        guard files.exists("\(folder)/manifest.json") else { return nil }
        let bytes = try files.read("\(folder)/manifest.json")
        let manifest: MemberManifest
        do {
            manifest = try JSONDecoder().decode(MemberManifest.self, from: Data(bytes))
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
