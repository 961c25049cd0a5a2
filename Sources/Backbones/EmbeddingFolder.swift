public import Arrays
import Recipes
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
