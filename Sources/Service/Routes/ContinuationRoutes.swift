import Experiments
import Foundation
import HTTPServer
import HTTPTypes

extension API {
    /// Going on with a job: with more repeats or runs, or after it failed, was cancelled or ended with its budget.
    func addContinuationRoutes(to router: inout Router) {
        router.on(
            .post,
            "/v1/jobs/{id}/extend",
            body: .json,
            answering { [self] request in
                try Self.allow(request)
                let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
                let key = try Self.idempotencyKey(request, asking: body)
                if let first = try await replay(key) { return first }
                let first = try await job(request)
                let asked = try Extension(body, plan: first.settings?.ensemble.plan ?? .kfold)
                let job = try await experiments.extend(
                    first,
                    repeats: asked.repeats,
                    priority: asked.priority,
                    budget: asked.budget,
                    key: key
                )
                return try await accepted(job)
            }
        )
        router.on(
            .post,
            "/v1/jobs/{id}/resume",
            answering { [self] request in
                try Self.allow(request)
                let job = try await job(request)
                if job.failure?.code == "DID_NOT_LEARN" {
                    throw Self.invalidState(
                        "the members of the job \(job.id) have ended without learning, and would again: submit a job "
                            + "with other settings"
                    )
                }
                guard try await experiments.resume(job) else {
                    throw Self.invalidState(
                        "only a job that failed, was cancelled or ended with its budget can be resumed; the job "
                            + "\(job.id) is \(job.state.rawValue)"
                    )
                }
                guard let now = try await experiments.job(job.id) else {
                    throw Problem(.notFound, detail: "the job \(job.id) was removed meanwhile")
                }
                return .json(bytes: try await document(of: now).encoded())
            }
        )
    }

    private static func invalidState(_ detail: String) -> Problem {
        Problem(.conflict, detail: detail, errorCode: "INVALID_STATE")
    }
}

/// The body of `POST /v1/jobs/{id}/extend`.
private struct Extension {
    /// Repeats, or runs of random subsets.
    var repeats: Int
    var priority: Int?
    var budget: JobBudget?

    init(_ body: [UInt8], plan: EnsemblePlan) throws {
        let name = plan == .subsets || plan == .thresholdSamples ? "runs" : "repeats"
        let document = try JSON(body: body, example: "{\"\(name)\":4}")
        var reader = FieldReader(document, at: "")
        let repeats = reader.int(name)
        if repeats == nil, reader.issues.isEmpty { reader.note(name, "is required: how many \(name) in all") }
        priority = reader.priority()
        budget = JobBudget(&reader)
        let issues = reader.finish()
        guard let repeats, issues.isEmpty else { throw SettingsError(issues: issues) }
        self.repeats = repeats
    }
}
