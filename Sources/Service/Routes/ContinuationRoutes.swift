import Experiments
import HTTPServer
import HTTPTypes
import Tasks

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
                var reader = FieldReader(try JSON(body: body, example: "{\"repeats\":4}"), at: "")
                let more = try views[first.kind].more(of: first, &reader)
                let (priority, budget) = (reader.priority(), JobBudget(&reader))
                let issues = reader.finish()
                guard let more, issues.isEmpty else { throw SettingsError(issues: issues) }
                let draft = try await experiments.drafting { [folder = experiments.folder] in try more(folder) }
                let job = try await experiments.submit(
                    draft,
                    as: JobOrder(
                        kind: first.kind,
                        name: first.name,
                        datasets: Dictionary(uniqueKeysWithValues: first.datasets.map { ($0.role, $0.dataset.id) }),
                        request: [],
                        priority: priority ?? first.priority,
                        budget: budget
                    ),
                    extending: first.id,
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
