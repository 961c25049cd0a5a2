public import Arrays
public import Files
import Foundation
public import Recipes
public import Tasks

/// Finished embeddings of a dataset: for each probe an array N x width of rows of length 1, so that Euclidean neighbours are
/// those by cosine. `manifest.json` stands there last.
public struct EmbeddingFolder: Sendable {
    private let spec: EmbeddingSpec
    private let count: Int

    /// - Parameters:
    ///   - spec: what they are
    ///   - count: N
    public init(_ spec: EmbeddingSpec, count: Int) {
        self.spec = spec
        self.count = count
    }

    /// Says of which backbone embeddings are, from their beginning.
    public static let backboneName = "backbone.json"

    /// Folders of embeddings that a backbone made, finished or not.
    ///
    /// - Parameter root: holds all embeddings
    public static func all(of backbone: Backbone, in root: String, files: Files) throws(FilesError) -> [String] {
        guard files.exists(root) else { return [] }
        return try files.list(root).map { "\(root)/\($0)" }.filter { place in
            guard let bytes = try? files.read("\(place)/\(backboneName)"),
                let made = try? JSONDecoder().decode(Backbone.self, from: Data(bytes))
            else { return false }
            return made.sha256 == backbone.sha256 && made.input == backbone.input && made.probes == backbone.probes
        }
    }

    static func manifest(in directory: String) -> String { "\(directory)/manifest.json" }
    static func array(_ probe: Int, in directory: String) -> String { "\(directory)/probe_\(probe).npy" }

    /// The rows of a probe.
    ///
    /// - Throws: `ArrayError` where the file is damaged
    public func rows(of probe: Int) throws -> MappedArray<Float> {
        try MappedArray(
            path: Self.array(probe, in: spec.directory),
            shape: [count, spec.backbone.probes[probe].width]
        )
    }
}
