public import Datasets
public import Files
import Foundation
import Logging
import Tasks

/// What became of an upload that was only to be looked at.
public enum PreviewOutcome<Document: Sendable>: Sendable {
    /// What was made of the dataset.
    case read(Document)
    /// It cannot be used.
    case refused(Failure)
}

extension DatasetLibrary {
    /// Reads an upload as `add` would, in a child of its own, and keeps nothing of it.
    ///
    /// - Parameters:
    ///   - upload: its bytes
    ///   - name: what the dataset would be called
    ///   - options: how it is to be read
    ///   - body: makes an answer of the dataset, which is gone afterwards
    /// - Throws: `FilesError` where the disk is full; what `body` throws
    public func preview<Document: Sendable>(
        _ upload: IncomingFile,
        name: String,
        options: IngestOptions,
        _ body: @escaping @Sendable (DatasetSummary, Dataset) throws -> Document
    ) async throws -> PreviewOutcome<Document> {
        // What is begun is cleared away, even where the client goes away meanwhile.
        try await Task { try await self.previewWhole(upload, name: name, options: options, body) }.value
    }

    private func previewWhole<Document: Sendable>(
        _ upload: IncomingFile,
        name: String,
        options: IngestOptions,
        _ body: @Sendable (DatasetSummary, Dataset) throws -> Document
    ) async throws -> PreviewOutcome<Document> {
        let id = Identifier.make("pv")
        let (file, output) = (folder.upload(id), "\(folder.root)/tasks/ingest-\(id)")
        await enter()
        defer { leave() }
        defer {
            for path in [file, output, "\(output).log"] {
                do {
                    try folder.files.removeTree(path)
                } catch {
                    logger.error("a preview could not be removed", metadata: ["path": "\(path)", "error": "\(error)"])
                }
            }
        }
        if stopping { return .refused(Failure(code: "INGEST_FAILED", detail: "the service is being stopped")) }
        try await upload.link(to: file)
        try folder.files.createDirectory(output)
        let child = Child(
            ChildTask(
                arguments: [
                    "ingest", "--upload", file, "--output", output, "--options", try CanonicalJSON.text(options),
                ],
                standardError: "\(output).log"
            ),
            by: launcher,
            received: { _ in },
            proof: { [files = folder.files] in files.exists("\(output)/manifest.json") }
        )
        children[id] = child
        let outcome = await child.outcome
        children[id] = nil
        switch IngestVerdict(outcome, isStopping: stopping) {
        case .adopt:
            let dataset = try Dataset(directory: output)
            return .read(try body(DatasetSummary(previewOf: dataset.manifest, name: name), dataset))
        case .leave: return .refused(Failure(code: "INGEST_FAILED", detail: "the reader was stopped; send it again"))
        case .refuse(let why): return .refused(why)
        }
    }
}
