public import Recipes

/// What a worker is told of the embeddings that a member is trained on: they are made once for a dataset and a backbone, by
/// whichever workers need them first, and shared by all.
public struct EmbeddingSpec: Codable, Hashable, Sendable {
    /// Names the embeddings: see `key(content:backbone:runtime:instructionSet:)`.
    public var key: String
    /// Their folder, absolute; made by the service.
    public var directory: String
    /// The network.
    public var backbone: Backbone
    /// Its file, absolute.
    public var model: String
    /// The library that runs it, absolute.
    public var library: String
    /// The version that it has to be.
    public var runtime: String

    /// The file of its vocabulary, absolute; of networks that read texts.
    public var vocabulary: String {
        model.dropLast(Backbone.modelFile.count) + Backbone.vocabularyFile
    }

    /// Parameters are those of the properties.
    public init(key: String, directory: String, backbone: Backbone, model: String, library: String, runtime: String) {
        self.key = key
        self.directory = directory
        self.backbone = backbone
        self.model = model
        self.library = library
        self.runtime = runtime
    }

    /// Names embeddings by all that decides their bits.
    ///
    /// - Parameters:
    ///   - content: names the pictures or texts: `DatasetManifest.contentDigest`
    ///   - backbone: the network; its name, licence and source decide nothing
    ///   - runtime: version of the library that runs it
    ///   - instructionSet: what the processor computes with
    public static func key(
        content: String,
        backbone: Backbone,
        runtime: String,
        instructionSet: String
    ) throws -> String {
        struct Content: Encodable {
            var version = 2
            /// Texts too.
            var pictures: String
            var network: String
            var input: Backbone.Input
            var probes: [Backbone.Probe]
            var runtime: String
            var instruction_set: String
        }
        return try CanonicalJSON.digest(
            Content(
                pictures: content,
                network: backbone.sha256,
                input: backbone.input,
                probes: backbone.probes,
                runtime: runtime,
                instruction_set: instructionSet
            )
        )
    }
}
