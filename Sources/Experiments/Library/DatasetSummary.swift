import Datasets
import Foundation

/// A dataset as users see it.
public struct DatasetSummary: Sendable {
    /// Where it stands.
    public enum State: String, Codable, Sendable {
        /// Being parsed.
        case ingesting
        /// Ready for jobs.
        case ready
        /// It could not be parsed.
        case failed
        /// It was read, and nothing of it is stored.
        case preview
    }

    /// Its id.
    public var id: String
    /// Its first name.
    public var name: String
    /// Where it stands.
    public var state: State
    /// Share of the parsing that is done, while ingesting.
    public var fraction: Double?
    /// What it holds, once ready.
    public var manifest: DatasetManifest?
    /// The dataset that this one is a version of; it may have been removed since.
    public var parent: String?
    /// What went wrong, if it failed.
    public var failure: Failure?
    /// When it was sent.
    public var createdAt: Date

    /// The dataset, which has been read.
    ///
    /// - Throws: `ExperimentError.datasetNotReady`
    public func ready(in folder: DataFolder) throws -> ReadyDataset {
        guard state == .ready, let manifest else { throw ExperimentError.datasetNotReady(id, state, failure) }
        return ReadyDataset(
            id: id,
            manifest: manifest,
            path: folder.dataset(manifest.digest),
            embeddings: folder.embeddings
        )
    }

    /// Of a dataset that is not stored.
    init(previewOf manifest: DatasetManifest, name: String) {
        (id, self.name, state, createdAt) = ("preview", name, .preview, Date())
        self.manifest = manifest
    }

    init(_ record: DatasetRecord, fraction: Double? = nil) throws {
        id = record.id
        name = record.name
        state = record.state
        self.fraction = record.state == .ingesting ? fraction ?? 0 : nil
        let decoder = JSONDecoder()
        manifest = try record.manifest.map { try decoder.decode(DatasetManifest.self, from: Data($0.utf8)) }
        parent = try decoder.decode(UploadOptions.self, from: Data(record.options.utf8)).parent
        failure = try record.failure.map { try decoder.decode(Failure.self, from: Data($0.utf8)) }
        createdAt = Date(timeIntervalSince1970: record.createdAt)
    }
}

/// A page of a list, newest first.
public struct Page<Element: Sendable>: Sendable {
    /// The elements.
    public var elements: [Element]
    /// Asks for the next page; nil on the last.
    public var nextToken: String?
}
