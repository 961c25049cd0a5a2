import Datasets
import Files
import Foundation
import TestSupport

/// A temporary folder, removed with the object, and ingests into it.
final class Workshop {
    private let home = TemporaryFolder()
    var folder: String { home.path }

    /// A new empty folder.
    func makeFolder() throws -> String {
        let path = "\(folder)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Ingests bytes and opens the result.
    func ingest(_ upload: [UInt8], _ options: IngestOptions = IngestOptions(), files: Files = .live) throws -> Dataset {
        let path = "\(folder)/\(UUID().uuidString).upload"
        try Files.live.write(upload, to: path)
        return try ingest(path: path, options, files: files)
    }

    func ingest(path: String, _ options: IngestOptions = IngestOptions(), files: Files = .live) throws -> Dataset {
        let descriptor = open(path, O_RDONLY)
        precondition(descriptor >= 0)
        defer { close(descriptor) }
        let output = try makeFolder()
        do {
            let manifest = try Ingest.run(upload: descriptor, output: output, options: options, files: files)
            let dataset = try Dataset(directory: output)
            precondition(dataset.manifest == manifest, "what is returned is what is written")
            return dataset
        } catch {
            // Nothing is stored of an upload that failed.
            let left = try FileManager.default.contentsOfDirectory(atPath: output)
            precondition(left.isEmpty, "\(left)")
            throw error
        }
    }

    /// The error that ingesting gives.
    func failure(_ upload: [UInt8], _ options: IngestOptions = IngestOptions(), files: Files = .live) throws
        -> IngestError?
    {
        do {
            _ = try ingest(upload, options, files: files)
            return nil
        } catch let error as IngestError {
            return error
        }
    }
}

extension Dataset {
    /// The warning of this code.
    func warning(_ code: DatasetWarning.Code) -> DatasetWarning? {
        manifest.warnings.first { $0.code == code.rawValue }
    }

    /// The bytes of `examples.npy` behind its header.
    func exampleBytes() throws -> [UInt8] {
        let count = manifest.shape.reduce(count, *) * (manifest.kind == .images ? 1 : 4)
        return try Files.live.read("\(directory)/examples.npy").suffix(count)
    }
}
