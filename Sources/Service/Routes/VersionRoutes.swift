import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// Largest table of corrected labels: the child that reads it holds it in memory.
    static let largestCorrections = 64 << 20

    func addVersionRoutes(to router: inout Router) {
        router.on(
            .post,
            "/v1/datasets/{id}/versions",
            body: .upload(limit: Self.largestCorrections),
            answering { [self] request in
                try Self.allow(request, "name")
                return try await version(request)
            }
        )
    }

    /// Makes a new dataset with corrected labels. The server only moves bytes: a table that a client sends is read by
    /// the child that makes the dataset, without the right to open anything else; what is read here is a JSON document
    /// of at most 1 MiB.
    private func version(_ request: Request) async throws -> Response {
        let parent = try await dataset(request)
        guard parent.state == .ready, let manifest = parent.manifest else {
            throw ExperimentError.datasetNotReady(parent.id, parent.state, parent.failure)
        }
        try await checkSpace(for: manifest.files.values.reduce(0) { $0 + $1.bytes })
        var name = parent.name
        if let wanted = request.query.first("name") {
            if let wrong = Naming.issue(with: wanted) {
                throw Problem(
                    .unprocessableContent,
                    detail: "the name \"\(wanted)\" cannot be used: \(wrong)",
                    errorCode: "INVALID_PARAMETER_VALUE",
                    errors: [.init(pointer: "name", detail: wrong)]
                )
            }
            name = wanted
        }
        let table = try await IncomingFile.open(in: experiments.folder.incoming, files: experiments.folder.files)
        let first = try await request.body.next() ?? []
        if request.mediaType == "application/json" || first.first(where: { !Self.isBlank($0) }) == UInt8(ascii: "{") {
            let rest = try await request.body.collect(upTo: max(0, BodyPolicy.json.limit - first.count))
            try await write(try await reviewed(first + rest, of: parent), to: table)
        } else {
            try await table.write(first)
            for try await chunk in request.body { try await table.write(chunk) }
        }
        guard await table.count > 0 else {
            throw Problem(
                .badRequest,
                detail: "the body is empty; send a CSV with source (or row_idx) and label, or {\"from_reviews\": job}",
                errorCode: "EMPTY_UPLOAD"
            )
        }
        let outcome = try await experiments.library.add(
            table,
            name: name,
            options: UploadOptions(parent: parent.id),
            patience: limits.ingestPatience
        )
        return try Self.answer(outcome)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private func write(_ reviews: ReviewSet, to table: IncomingFile) async throws {
        try await table.write(CSV.line(["row_idx", "label", "exclude"]))
        for review in reviews.inOrder where review.decision == .accept || review.decision == .exclude {
            let isExcluded = review.decision == .exclude
            try await table.write(
                CSV.line(["\(review.rowIndex)", review.label ?? "", isExcluded ? "true" : ""])
            )
        }
    }

    /// The reviews that `{"from_reviews": job}` names.
    private func reviewed(_ body: [UInt8], of dataset: DatasetSummary) async throws -> ReviewSet {
        let document: JSON
        do {
            document = try JSONDecoder().decode(JSON.self, from: Data(body))
        } catch {
            throw Problem(
                .badRequest,
                detail:
                    "The body is not JSON. Send {\"from_reviews\": job}, or a CSV with source (or row_idx) and label.",
                errorCode: "MALFORMED_JSON"
            )
        }
        var reader = FieldReader(document, at: "")
        let name = reader.string("from_reviews")
        if name == nil, reader.issues.isEmpty { reader.note("from_reviews", "is required: the id or name of a job") }
        let issues = reader.finish()
        guard let name, issues.isEmpty else { throw SettingsError(issues: issues) }
        func wrong(_ detail: String) -> SettingsError {
            SettingsError(issues: [.init(pointer: "/from_reviews", detail: detail)])
        }
        guard let job = try await experiments.job(name) else { throw wrong("there is no job \(name)") }
        guard job.dataset?.id == dataset.id else {
            throw wrong("the job \(job.id) is about the dataset \(job.dataset?.id ?? "none"), not \(dataset.id)")
        }
        let reviews = try await experiments.reviews.reviews(of: dataset.id)
        guard reviews.byRow.values.contains(where: { $0.decision == .accept || $0.decision == .exclude }) else {
            throw wrong("no review of the dataset \(dataset.id) changes a label or excludes an example")
        }
        return reviews
    }
}
