public import Arrays
public import Files
import Foundation

/// The arrays of one member, written durably one by one, and the manifest that proves them all.
public struct EvidenceFolder {
    /// The folder.
    public let path: String
    private let files: Files
    /// By file name.
    public private(set) var digests: [String: FileDigest] = [:]

    /// - Parameter path: an existing folder
    public init(_ path: String, files: Files) {
        self.path = path
        self.files = files
    }

    /// Makes a file of the specification part of the evidence.
    public mutating func adopt(_ name: String, from source: String) throws {
        let bytes = try files.read(source)
        if source == "\(path)/\(name)" {
            digests[name] = FileDigest(sha256: SHA256Hasher.hash(bytes), bytes: bytes.count)
        } else {
            digests[name] = try files.write(bytes, to: "\(path)/\(name)")
        }
    }

    /// Writes an array.
    public mutating func write<Element: ArrayElement>(
        _ array: EvidenceArray,
        _ values: [Element],
        _ shape: [Int]
    ) throws {
        try write(array.rawValue, values, shape)
    }

    /// Writes an array that no score reads.
    public mutating func write<Element: ArrayElement>(_ name: String, _ values: [Element], _ shape: [Int]) throws {
        digests["\(name).npy"] = try NPY.write(
            NDArray(shape: shape, values: values),
            to: "\(path)/\(name).npy",
            files: files
        )
    }

    /// An array that is filled in any order; its digest is noted once it is finished.
    package func canvas<Element: ArrayElement>(
        _ array: EvidenceArray,
        _ type: Element.Type,
        _ shape: [Int]
    ) throws -> NPYCanvas<Element> {
        try NPYCanvas<Element>(path: file(array), shape: shape, files: files)
    }

    /// Notes a file that was finished by somebody else.
    public mutating func note(_ array: EvidenceArray, _ digest: FileDigest) {
        digests["\(array.rawValue).npy"] = digest
    }

    private func file(_ array: EvidenceArray) -> String { "\(path)/\(array.rawValue).npy" }

    /// Writes an NPZ archive of several arrays.
    ///
    /// - Parameter fill: adds them
    public mutating func archive(_ name: String, _ fill: (inout NPZWriter) throws -> Void) throws {
        let output = try files.openForWriting("\(path)/\(name)")
        do {
            var archive = NPZWriter { try output.write($0) }
            try fill(&archive)
            try archive.finish()
            digests[name] = try output.finish()
        } catch {
            output.abandon()
            throw error
        }
    }

    /// Writes the manifest, last.
    ///
    /// - Parameter specification: the bytes of `spec.json`, which the manifest repeats as they were, in place of its own
    ///   `spec`
    public func finish(_ manifest: MemberManifest, specification: [UInt8]? = nil) throws {
        var manifest = manifest
        if specification != nil { manifest.spec = nil }
        var bytes = try CanonicalJSON.encode(manifest)
        if let specification {
            bytes.removeLast()
            bytes += Array(",\"spec\":".utf8) + specification + Array("}".utf8)
        }
        _ = try files.write(bytes, to: "\(path)/\(TaskFolder.manifestName)")
    }
}
