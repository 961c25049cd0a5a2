import Files
import Foundation
import Tasks

/// The folders that a worker needs which runs a backbone.
struct BackboneNeeds {
    /// The dataset's, the network's and the library's.
    var readable: [String]
    /// The embeddings'.
    var writable: [String]

    /// - Parameter task: the task folder with its `spec.json`
    /// - Returns: nil where the task has no backbone
    init?(task: TaskFolder) throws {
        struct Specification: Decodable {
            struct Data: Decodable {
                var directory: String
                var embedding: EmbeddingSpec?
            }
            var dataset: Data?
        }
        let bytes = try Files.live.read(task.specification)
        // What is not a member's has no such field.
        guard let data = (try? JSONDecoder().decode(Specification.self, from: Data(bytes)))?.dataset,
            let embedding = data.embedding
        else { return nil }
        func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }
        readable = [data.directory, folder(of: embedding.model), folder(of: embedding.library)]
        writable = [embedding.directory]
    }
}
