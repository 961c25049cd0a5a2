import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// `POST /v1/jobs`: a JSON document, or a form that brings the data along.
    func addSubmissionRoutes(to router: inout Router) {
        router.on(
            .post,
            "/v1/jobs",
            body: .jsonOrForm(limit: limits.uploadBytes, raisedBy: Limits.uploadSetting),
            answering { [self] request in
                try Self.allow(request)
                return request.mediaType == "multipart/form-data"
                    ? try await submitForm(request) : try await submitDocument(request)
            }
        )
    }

    private func submitDocument(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
        let asked = try JobBody(body, views, experiments.kinds)
        if asked.isDryRun {
            // A calibration of a large network takes a minute.
            await request.takeTime()
            return .json(
                bytes: try await views[asked.order.kind].estimate(asked.order, by: experiments).encoded()
            )
        }
        let key = try Self.idempotencyKey(request).map { IdempotencyKey($0, digest: SHA256Hasher.hash(body)) }
        if let first = try await replay(key) { return first }
        return try await accepted(try await experiments.submit(asked.order, key: key))
    }

    /// All that an upload may bring, and `spec`, the JSON document, in any order.
    private func submitForm(_ request: Request) async throws -> Response {
        let keyText = try Self.idempotencyKey(request)
        if keyText == nil { try await experiments.checkRoom() }
        try await checkSpace(for: request.contentLength)
        var form = UploadForm(folder: experiments.folder)
        var spec: [UInt8] = []
        // Without the part all is left to the defaults.
        var asked = try JobBody(Array("{}".utf8), views, experiments.kinds, bringsData: true)
        let upload = try await form.receive(request, other: ["spec"]) { [views, experiments] _, bytes in
            spec = bytes
            // At once: a mistake here is told before the data is read where this part comes first.
            asked = try JobBody(bytes, views, experiments.kinds, bringsData: true)
        }
        guard await upload.count > 0 else {
            throw Problem(.badRequest, detail: "the upload is empty", errorCode: "EMPTY_UPLOAD")
        }
        // The boundary between the parts is another one each time.
        let parts = [
            await upload.digest().sha256, SHA256Hasher.hash(spec), SHA256Hasher.hash(Array((form.name ?? "").utf8)),
            try CanonicalJSON.digest(UploadOptions(form.options)),
        ]
        let key = keyText.map { IdempotencyKey($0, digest: SHA256Hasher.hash(Array(parts.joined().utf8))) }
        if let first = try await replay(key) { return first }
        try await experiments.checkRoom()
        let dataset = try await stored(upload, name: form.name, fileName: form.fileName, options: form.options)
        asked.order.datasets = [.data: dataset.summary.id]
        return try await accepted(try await experiments.submit(asked.order, key: key))
    }

    /// The answer to a repeated request: the first one's job as it is now.
    package func replay(_ key: IdempotencyKey?) async throws -> Response? {
        guard let key, let job = try await experiments.replayed(key) else { return nil }
        var response = try await accepted(job)
        response.fields[.idempotencyReplayed] = "true"
        return response
    }

    /// 202 with the document of a job that has been taken, and where it is.
    package func accepted(_ job: JobSummary) async throws -> Response {
        .json(
            bytes: try await document(of: job).encoded(),
            status: .accepted,
            fields: [.location: "/v1/jobs/\(job.id)"]
        )
    }

    /// The key of a request that is told from others by its path and its body.
    package static func idempotencyKey(_ request: Request, asking body: [UInt8]) throws -> IdempotencyKey? {
        try idempotencyKey(request).map {
            IdempotencyKey($0, digest: SHA256Hasher.hash(Array("\(request.path.joined(separator: "/"))\n".utf8) + body))
        }
    }

    package static func idempotencyKey(_ request: Request) throws -> String? {
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

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!
    package static let idempotencyReplayed = Self("Idempotency-Replayed")!
}
