import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes

extension API {
    /// Takes an upload: the body itself, or the one file of a multipart form. Streams to the disk while hashing; nothing
    /// of it has a name until it is complete.
    func receive(_ request: Request, file: String?) async throws -> Response {
        try checkSpace(for: request.contentLength)
        var name = request.query.first("name")
        var options = UploadOptions(
            format: request.query.first("format"),
            label: request.query.first("label"),
            id: request.query.first("id"),
            imageSize: request.query.first("image_size") == nil
                ? nil : try Self.number(request, "image_size", default: 32, in: 8...64)
        )
        let upload = try IncomingFile(in: experiments.folder.incoming, files: experiments.folder.files)
        var fileName = file
        if request.mediaType == "multipart/form-data" {
            fileName = try await receiveForm(request, into: upload, name: &name, options: &options) ?? file
        } else {
            for try await chunk in request.body { try await upload.write(chunk) }
        }
        guard await upload.count > 0 else {
            throw Problem(.badRequest, detail: "the upload is empty", errorCode: "EMPTY_UPLOAD")
        }
        let chosen = name ?? fileName.map(Naming.stem) ?? "dataset"
        if let wrong = Naming.issue(with: chosen) {
            throw Problem(
                .unprocessableContent,
                detail: "the name \"\(chosen)\" cannot be used: \(wrong)",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: "name", detail: wrong)]
            )
        }
        let outcome = try await experiments.library.add(
            upload,
            name: chosen,
            options: options,
            patience: limits.ingestPatience
        )
        return try Self.answer(outcome)
    }

    /// What a sender is told about an upload.
    static func answer(_ outcome: UploadOutcome) throws -> Response {
        switch outcome {
        case .created(let dataset): return Self.answer(dataset, .created)
        case .existing(let dataset): return Self.answer(dataset, .ok)
        case .accepted(let dataset): return Self.answer(dataset, .accepted)
        case .refused(let failure):
            if failure.code == "DISK_FULL" { throw Problem.insufficientStorage(failure.detail) }
            throw Problem(
                .unprocessableContent,
                detail: failure.detail,
                errorCode: failure.code,
                errors: (failure.errors ?? []).map { .init(pointer: $0.pointer, detail: $0.detail) }
            )
        }
    }

    private static func answer(_ dataset: DatasetSummary, _ status: HTTPResponse.Status) -> Response {
        .json(
            bytes: JSON(dataset).encoded(),
            status: status,
            fields: status == .ok
                ? [.contentLocation: "/v1/datasets/\(dataset.id)"] : [.location: "/v1/datasets/\(dataset.id)"]
        )
    }

    /// Refuses an announced upload that would fill the disk, before a byte of it is read.
    func checkSpace(for length: Int?) throws {
        let free = try experiments.folder.files.freeSpace(experiments.folder.incoming)
        // An upload is kept while its parsed form is written.
        let needed = UInt64(length ?? 0) * 2 + limits.reservedBytes
        if free < needed {
            throw Problem.insufficientStorage(
                "The disk has \(free >> 20) MiB free, this upload needs about \(needed >> 20) MiB."
            )
        }
    }
}

extension API {
    /// Reads a multipart form: one part `file`, and fields that say the same as the query parameters of that name.
    ///
    /// - Returns: the name of the file as the sender gave it
    private func receiveForm(
        _ request: Request,
        into upload: IncomingFile,
        name: inout String?,
        options: inout UploadOptions
    ) async throws -> String? {
        let reader = try MultipartReader(request)
        var fileName: String?
        var hasFile = false
        while let part = try await reader.nextPart() {
            if part.name == "file" {
                guard !hasFile else {
                    throw Problem(
                        .unprocessableContent,
                        detail: "the form has more than one part \"file\"; send one archive instead",
                        errorCode: "INVALID_PARAMETER_VALUE",
                        errors: [.init(pointer: "file", detail: "more than one")]
                    )
                }
                hasFile = true
                fileName = part.fileName
                while let chunk = try await part.next() { try await upload.write(chunk) }
                continue
            }
            let value = String(decoding: try await part.collect(upTo: 4_096), as: UTF8.self)
            switch part.name {
            case "name": name = value
            case "format": options.format = value
            case "label": options.label = value
            case "id": options.id = value
            default:
                throw Problem(
                    .unprocessableContent,
                    detail: "unknown form field \"\(part.name)\"; there is file, name, format, label, id",
                    errorCode: "INVALID_PARAMETER_VALUE",
                    errors: [.init(pointer: part.name, detail: "unknown field")]
                )
            }
        }
        guard hasFile else {
            throw Problem(
                .unprocessableContent,
                detail: "the form has no part \"file\": curl -F file=@photos.zip",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: "file", detail: "missing")]
            )
        }
        return fileName
    }
}
