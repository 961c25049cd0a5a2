import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Recipes
import Service
import Tasks

/// `POST /v1/evidence`: the scores of a training that somebody else did, from its log.
struct LogRoutes: Sendable {
    let api: API

    private var experiments: Experiments { api.experiments }

    func add(to router: inout Router) {
        let upload = api.limits.upload
        router.on(
            .post,
            "/v1/evidence",
            body: upload,
            api.answering { request in try await receiveLog(request, file: nil) }
        )
        router.on(
            .put,
            "/v1/evidence/{filename}",
            body: upload,
            api.answering { request in try await receiveLog(request, file: request.parameters["filename"]) }
        )
    }

    private func receiveLog(_ request: Request, file: String?) async throws -> Response {
        try API.allow(request, "name", "dataset", "observe", "k")
        let observe = try Self.observation(request)
        let k = request.query.first("k") == nil ? nil : try API.number(request, "k", default: 5, in: 1...254)
        // Before the upload is read: what is wrong here is wrong whatever comes.
        var dataset: DatasetSummary?
        if let wanted = request.query.first("dataset") {
            guard let found = try await experiments.library.dataset(wanted) else {
                throw ExperimentError.noDataset(wanted)
            }
            dataset = found
        }
        let keyText = try API.idempotencyKey(request)
        if keyText == nil { try await experiments.checkRoom() }
        try await api.checkSpace(for: request.contentLength)
        var (name, fileName) = (request.query.first("name"), file)
        let log: IncomingFile
        if request.mediaType == "multipart/form-data" {
            var form = UploadForm(folder: experiments.folder, name: name)
            log = try await form.receive(request)
            guard form.options == IngestOptions() else {
                throw Self.wrong("the form", "a log has only parts \"file\" and \"name\"")
            }
            (name, fileName) = (form.name, form.fileName)
        } else {
            log = try await IncomingFile.open(in: experiments.folder.incoming, files: experiments.folder.files)
            for try await chunk in request.body { try await log.write(chunk) }
        }
        guard await log.count > 0 else {
            throw Problem(.badRequest, detail: "the upload is empty", errorCode: "EMPTY_UPLOAD")
        }
        let chosen = name ?? fileName.map(Naming.stem) ?? dataset?.name ?? "log"
        if let issue = Naming.issue(with: chosen) { throw Self.wrong("name", issue) }
        var key: IdempotencyKey?
        if let keyText {
            let parts = [
                await log.digest().sha256, chosen, dataset?.id ?? "", observe?.rawValue ?? "", k.map(String.init) ?? "",
            ]
            key = IdempotencyKey(keyText, digest: SHA256Hasher.hash(try CanonicalJSON.encode(parts)))
            if let first = try await api.replay(key) { return first }
            try await experiments.checkRoom()
        }
        let outcome = try await experiments.submit(
            log: log,
            name: chosen,
            dataset: dataset,
            observe: observe,
            k: k,
            key: key,
            patience: api.limits.ingestPatience
        )
        switch outcome {
        case .accepted(let job): return try await api.accepted(job)
        case .refused(let failure): throw API.refusal(failure)
        }
    }

    private static func observation(_ request: Request) throws -> Observation? {
        guard let text = request.query.first("observe") else { return nil }
        guard let observe = Observation(rawValue: text) else {
            let all = Observation.allCases.map(\.rawValue).joined(separator: " or ")
            throw Problem(
                .badRequest,
                detail: "observe is \(all), got \"\(text)\"",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: "observe", detail: "expected \(all), got \"\(text)\"")]
            )
        }
        return observe
    }

    private static func wrong(_ pointer: String, _ detail: String) -> Problem {
        Problem(
            .unprocessableContent,
            detail: "\(pointer): \(detail)",
            errorCode: "INVALID_PARAMETER_VALUE",
            errors: [.init(pointer: pointer, detail: detail)]
        )
    }
}
