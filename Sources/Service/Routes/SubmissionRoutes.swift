import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes

extension API {
    /// `POST /v1/jobs`: a JSON document, or a form that brings the data along.
    func addSubmissionRoutes(to router: inout Router) {
        router.on(
            .post,
            "/v1/jobs",
            body: .jsonOrForm(limit: limits.uploadBytes),
            answering { [self] request in
                try Self.allow(request)
                return request.mediaType == "multipart/form-data"
                    ? try await submitForm(request) : try await submitDocument(request)
            }
        )
    }

    private func submitDocument(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
        let job = try JobRequest.decode(body)
        if job.dryRun == true {
            // A calibration of a large network takes a minute.
            await request.takeTime()
            let estimate = try await experiments.estimate(job)
            return .json(
                bytes: JSON(estimate, probeCount: experiments.probeCount(of: estimate.settings)).encoded()
            )
        }
        let key = try Self.idempotencyKey(request).map { IdempotencyKey($0, digest: SHA256Hasher.hash(body)) }
        if let first = try await replay(key) { return first }
        return try await accepted(try await experiments.submit(job, key: key))
    }

    /// The parts `file`, the data, and `spec`, the JSON document, in either order; and what an upload may say.
    private func submitForm(_ request: Request) async throws -> Response {
        let keyText = try Self.idempotencyKey(request)
        if keyText == nil { try await experiments.checkRoom() }
        try checkSpace(for: request.contentLength)
        let upload = try IncomingFile(in: experiments.folder.incoming, files: experiments.folder.files)
        let form = try await JobForm(request, into: upload)
        let asked = try await form.digest()
        let key = keyText.map { IdempotencyKey($0, digest: asked) }
        if let first = try await replay(key) { return first }
        try await experiments.checkRoom()
        let dataset = try await stored(form.upload, name: form.name, fileName: form.fileName, options: form.options)
        var job = form.job
        job.dataset = dataset.summary.id
        return try await accepted(try await experiments.submit(job, key: key))
    }

    /// The answer to a repeated request: the first one's job as it is now.
    func replay(_ key: IdempotencyKey?) async throws -> Response? {
        guard let key, let job = try await experiments.replayed(key) else { return nil }
        var response = try await accepted(job)
        response.fields[.idempotencyReplayed] = "true"
        return response
    }

    /// 202 with the document of a job that has been taken, and where it is.
    func accepted(_ job: JobSummary) async throws -> Response {
        .json(
            bytes: try await document(of: job).encoded(),
            status: .accepted,
            fields: [.location: "/v1/jobs/\(job.id)"]
        )
    }

    /// The key of a request that is told from others by its path and its body.
    static func idempotencyKey(_ request: Request, asking body: [UInt8]) throws -> IdempotencyKey? {
        try idempotencyKey(request).map {
            IdempotencyKey($0, digest: SHA256Hasher.hash(Array("\(request.path.joined(separator: "/"))\n".utf8) + body))
        }
    }

    static func idempotencyKey(_ request: Request) throws -> String? {
        guard let key = request.head.headerFields[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(
                .badRequest,
                detail: "An Idempotency-Key has 1 to 255 visible ASCII characters and no blanks, such as a UUID.",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: "Idempotency-Key", detail: "1 to 255 visible ASCII characters")]
            )
        }
        return key
    }
}

/// A form that brings data and says what to do with it.
private struct JobForm {
    /// The part `file`, on the disk.
    let upload: IncomingFile
    /// The name of the file as the sender gave it.
    private(set) var fileName: String?
    /// What the data set is to be called.
    private(set) var name: String?
    private(set) var options = UploadOptions()
    /// The part `spec` as it was sent.
    private(set) var spec: [UInt8] = []
    /// The part `spec`, without the data set that is yet to be stored.
    private(set) var job = JobRequest(dataset: "")

    init(_ request: Request, into upload: IncomingFile) async throws {
        self.upload = upload
        let reader = try MultipartReader(request)
        var seen: Set<String> = []
        while let part = try await reader.nextPart() {
            guard seen.insert(part.name).inserted else { throw Self.wrong(part.name, "is there more than once") }
            switch part.name {
            case "file":
                fileName = part.fileName
                while let chunk = try await part.next() { try await upload.write(chunk) }
            case "spec":
                spec = try await part.collect(upTo: BodyPolicy.json.limit)
                // At once: a mistake here is told before the data is read where this part comes first.
                job = try JobRequest.decode(spec, bringsData: true)
            case "name": name = try await Self.text(part)
            case "format": options.format = try await Self.text(part)
            case "label": options.label = try await Self.text(part)
            case "id": options.id = try await Self.text(part)
            default: throw Self.wrong(part.name, "is unknown; there is file, spec, name, format, label, id")
            }
        }
        guard seen.contains("file") else {
            throw Self.wrong("file", "is missing: curl -F file=@photos.zip -F spec='{}'")
        }
        guard await upload.count > 0 else {
            throw Problem(.badRequest, detail: "the upload is empty", errorCode: "EMPTY_UPLOAD")
        }
    }

    /// SHA-256 of all that was asked for; the boundary between the parts is another one each time.
    func digest() async throws -> String {
        let parts = [
            await upload.digest().sha256, SHA256Hasher.hash(spec), SHA256Hasher.hash(Array((name ?? "").utf8)),
            SHA256Hasher.hash(try CanonicalJSON.encode(options)),
        ]
        return SHA256Hasher.hash(Array(parts.joined().utf8))
    }

    private static func text(_ part: MultipartReader.Part) async throws -> String {
        String(decoding: try await part.collect(upTo: 4_096), as: UTF8.self)
    }

    private static func wrong(_ field: String, _ detail: String) -> Problem {
        Problem(
            .unprocessableContent,
            detail: "the form field \"\(field)\" \(detail)",
            errorCode: "INVALID_PARAMETER_VALUE",
            errors: [.init(pointer: field, detail: detail)]
        )
    }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!
    static let idempotencyReplayed = Self("Idempotency-Replayed")!
}
