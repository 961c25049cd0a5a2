import Datasets
import Difficulty
import Experiments
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// What people decide about suspicious examples, and the labels that follow from it.
    func addReviewRoutes(to router: inout Router) {
        router.on(
            .put,
            "/v1/jobs/{id}/reviews/{row_idx}",
            body: .json,
            answering { [self] request in try await review(request) }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/reviews/{row_idx}",
            answering { [self] request in
                try Self.allow(request)
                let results = try await results(request)
                let row = try Self.row(request, of: results.dataset.manifest, named: "row_idx")
                guard let review = results.reviews.byRow[row] else { throw Self.notReviewed(row) }
                return .json(
                    bytes: try JSON(review, in: results).encoded(),
                    fields: Self.fields(request, id: results.job.id)
                )
            }
        )
        router.on(
            .delete,
            "/v1/jobs/{id}/reviews/{row_idx}",
            answering { [self] request in
                try Self.allow(request)
                let job = try await job(request)
                let row = try Self.row(
                    request,
                    of: try await opened(try dataset(of: job)).manifest,
                    named: "row_idx"
                )
                guard try await experiments.reviews.remove(row: row, of: try dataset(of: job).id) else {
                    throw Self.notReviewed(row)
                }
                return Response(status: .noContent)
            }
        )
        router.on(.get, "/v1/jobs/{id}/reviews", answering { [self] request in try await reviews(request) })
        router.on(
            .get,
            "/v1/jobs/{id}/labels.csv",
            answering { [self] request in
                try Self.allow(request)
                return CorrectedLabels(results: try await results(request)).response(on: work)
            }
        )
    }

    private static func notReviewed(_ row: Int) -> Problem {
        Problem(.notFound, detail: "the example \(row) has no review", errorCode: "RESOURCE_DOES_NOT_EXIST")
    }

    private func review(_ request: Request) async throws -> Response {
        try Self.allow(request)
        let results = try await results(request)
        let row = try Self.row(request, of: results.dataset.manifest, named: "row_idx")
        let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
        var suggested: String?
        if let column = results.table?.column("suggested_label"),
            case .string(let label) = try results.value(column, row)
        {
            suggested = label
        }
        let wanted = try ReviewRequest(body, classes: results.dataset.manifest.classes, suggested: suggested)
        let (review, isNew) = try await experiments.reviews.put(
            row: row,
            of: results.about.id,
            decision: wanted.decision,
            label: wanted.label,
            job: results.job.id
        )
        return .json(
            bytes: try JSON(review, in: results).encoded(),
            status: isNew ? .created : .ok,
            fields: isNew ? [.location: "/v1/jobs/\(results.job.id)/reviews/\(row)"] : [:]
        )
    }

    private func reviews(_ request: Request) async throws -> Response {
        try Self.allow(request, "offset", "length", "decision")
        let results = try await results(request)
        let offset = try Self.number(request, "offset", default: 0, in: 0...Int(Int32.max))
        let length = try Self.number(request, "length", default: 100, in: 1...1_000)
        let decision = try request.query.first("decision").map { text in
            guard let decision = ReviewDecision(rawValue: text) else {
                let all = ReviewDecision.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(
                    .badRequest,
                    detail: "decision is one of \(all), got \"\(text)\"",
                    errorCode: "INVALID_PARAMETER_VALUE",
                    errors: [.init(pointer: "decision", detail: "got \"\(text)\"")]
                )
            }
            return decision
        }
        let document = try await work.run { [self] in
            let all = results.reviews.inOrder
            let matching = all.filter { decision == nil || $0.decision == decision }
            let end = min(matching.count, offset + length)
            let issues = results.table == nil ? [] : try RankedIssues(results, openFiles).issues
            let reviewed = issues.count { results.reviews.byRow[$0.rowIndex] != nil }
            let filter = decision.map { "&decision=\($0.rawValue)" } ?? ""
            let next = "/v1/jobs/\(results.job.id)/reviews?offset=\(end)&length=\(length)\(filter)"
            return JSON.object([
                (
                    "reviews",
                    .array(try matching[min(offset, end)..<end].map { try JSON($0, in: results) })
                ),
                ("num_reviews_total", .int(matching.count)), ("num_reviews_per_page", .int(length)),
                (
                    "decisions",
                    .object(
                        ReviewDecision.allCases.map { decision in
                            (decision.rawValue, .int(all.count { $0.decision == decision }))
                        }
                    )
                ),
                ("issues", ["total": .int(issues.count), "reviewed": .int(reviewed)]),
                ("next", end < matching.count ? .string(next) : .null),
            ]).encoded()
        }
        return .json(bytes: document, fields: Self.fields(request, id: results.job.id))
    }
}
