import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// Takes an upload: the body itself, or the files of a multipart form. Streams to the disk while hashing; nothing
    /// of it has a name until it is complete.
    func receive(_ request: Request, file: String?) async throws -> Response {
        try await checkSpace(for: request.contentLength)
        var name = request.query.first("name")
        var options = try UploadField.options(in: request)
        let upload: IncomingFile
        var fileName = file
        if request.mediaType == "multipart/form-data" {
            var form = UploadForm(folder: experiments.folder, name: name, options: options)
            upload = try await form.receive(request)
            (name, options) = (form.name, form.options)
            fileName = form.fileName ?? file
        } else {
            upload = try await IncomingFile.open(in: experiments.folder.incoming, files: experiments.folder.files)
            try await take(request.body, into: upload)
        }
        guard await upload.count > 0 else {
            throw Problem(.badRequest, detail: "the upload is empty", errorCode: "EMPTY_UPLOAD")
        }
        if request.query.first("preview") == "true" {
            return try await preview(upload, name: name, fileName: fileName, options: options)
        }
        let dataset = try await stored(upload, name: name, fileName: fileName, options: options)
        return Self.answer(dataset.summary, dataset.status)
    }

    /// Makes a dataset of a complete upload.
    ///
    /// - Returns: the dataset, and the status that says whether it is new, known, or still being read
    package func stored(
        _ upload: IncomingFile,
        name: String?,
        fileName: String?,
        options: IngestOptions
    ) async throws -> (summary: DatasetSummary, status: HTTPResponse.Status) {
        let (chosen, options) = try Self.named(name, fileName, options)
        let outcome = try await experiments.library.add(
            upload,
            name: chosen,
            options: UploadOptions(options),
            patience: limits.ingestPatience
        )
        return try Self.settled(outcome)
    }

    /// Rows that a preview shows.
    private static let previewRows = 20

    /// What would be made of an upload: the document of the dataset and its first rows. Nothing of it is stored.
    private func preview(
        _ upload: IncomingFile,
        name: String?,
        fileName: String?,
        options: IngestOptions
    ) async throws -> Response {
        let (chosen, options) = try Self.named(name, fileName, options)
        let outcome = try await experiments.library.preview(upload, name: chosen, options: options) {
            summary,
            dataset in
            guard case .object(let fields) = JSON(summary) else { return [UInt8]() }
            let rows = try (0..<min(Self.previewRows, dataset.count)).map { try Self.previewRow($0, of: dataset) }
            return JSON.object(fields + [("rows", .array(rows))]).encoded()
        }
        switch outcome {
        case .read(let document): return .json(bytes: document)
        case .refused(let failure): throw Self.refusal(failure)
        }
    }

    private static func previewRow(_ row: Int, of dataset: Dataset) throws -> JSON {
        var cells: [(String, JSON)] = [("source", .string(try dataset.source(row)))]
        if dataset.manifest.hasIDs { cells.append(("id", JSON(try dataset.id(row)))) }
        cells += [("label", JSON(dataset.labelName(row))), ("split", .string(dataset.split(row).rawValue))]
        if dataset.manifest.texts != nil { cells.append(("text", JSON(try dataset.text(row, limit: 1_000)))) }
        if !dataset.manifest.showsPictures {
            cells.append(("features", .array((dataset.features(row) ?? []).prefix(100).map { .float($0) })))
        }
        return .object(cells)
    }

    /// The name that a dataset gets, and the options with the name of the file.
    private static func named(
        _ name: String?,
        _ fileName: String?,
        _ options: IngestOptions
    ) throws -> (String, IngestOptions) {
        let chosen = name ?? fileName.map(Naming.stem) ?? "dataset"
        if let wrong = Naming.issue(with: chosen) {
            throw Problem(
                .unprocessableContent,
                detail: "the name \"\(chosen)\" cannot be used: \(wrong)",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: "name", detail: wrong)]
            )
        }
        var options = options
        // Rows of a table are called after the file; a name that cannot be used otherwise is not used for that either.
        options.fileName = fileName.map(Naming.lastComponent(of:)).flatMap { Naming.issue(with: $0) == nil ? $0 : nil }
        return (chosen, options)
    }

    /// What a sender is told about an upload.
    static func answer(_ outcome: UploadOutcome) throws -> Response {
        let dataset = try settled(outcome)
        return answer(dataset.summary, dataset.status)
    }

    private static func settled(
        _ outcome: UploadOutcome
    ) throws -> (summary: DatasetSummary, status: HTTPResponse.Status) {
        switch outcome {
        case .created(let dataset): return (dataset, .created)
        case .existing(let dataset): return (dataset, .ok)
        case .accepted(let dataset): return (dataset, .accepted)
        case .refused(let failure): throw refusal(failure)
        }
    }

    /// What the sender of an upload that cannot be used is told.
    package static func refusal(_ failure: Failure) -> Problem {
        if failure.code == "DISK_FULL" { return Problem.insufficientStorage(failure.detail) }
        return Problem(
            .unprocessableContent,
            detail: failure.detail,
            errorCode: failure.code,
            errors: (failure.errors ?? []).map { .init(pointer: $0.pointer, detail: $0.detail) }
        )
    }

    private static func answer(_ dataset: DatasetSummary, _ status: HTTPResponse.Status) -> Response {
        .json(
            bytes: JSON(dataset).encoded(),
            status: status,
            fields: status == .ok
                ? [.contentLocation: "/v1/datasets/\(dataset.id)"] : [.location: "/v1/datasets/\(dataset.id)"]
        )
    }

    /// Bytes after which a body is asked again whether there is room for it: its length need not have been announced.
    private static let roomStep = 256 << 20

    private func take(_ body: RequestBody, into upload: IncomingFile) async throws {
        var unasked = 0
        for try await chunk in body {
            try await upload.write(chunk)
            unasked += chunk.count
            if unasked >= Self.roomStep {
                try await experiments.requireRoom(0)
                unasked = 0
            }
        }
    }

    /// Refuses an announced upload that would fill the disk, before a byte of it is read.
    package func checkSpace(for length: Int?) async throws {
        // An upload is kept while its parsed form is written.
        try await experiments.requireRoom((length ?? 0) * 2)
    }
}
