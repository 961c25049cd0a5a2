import Experiments
import Files
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    func addJobRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/jobs",
            answering { [self] request in
                try Self.allow(request, "max_results", "page_token", "state", "dataset")
                var state: JobState?
                if let text = request.query.first("state") {
                    state = JobState(rawValue: text)
                    if state == nil {
                        throw Problem(
                            .badRequest,
                            detail:
                                "state is one of \(JobState.allCases.map(\.rawValue).joined(separator: ", ")), got \"\(text)\"",
                            errorCode: "INVALID_PARAMETER_VALUE"
                        )
                    }
                }
                let page = try await experiments.jobs(
                    limit: try Self.number(request, "max_results", default: 100, in: 1...1_000),
                    after: request.query.first("page_token"),
                    state: state,
                    dataset: request.query.first("dataset")
                )
                var jobs: [JSON] = []
                for job in page.elements { jobs.append(try await document(of: job)) }
                return .json(
                    bytes: JSON.object([("jobs", .array(jobs)), ("next_page_token", JSON(page.nextToken))]).encoded()
                )
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}",
            answering { [self] request in
                let job = try await job(request)
                return .json(
                    bytes: try await document(of: job).encoded(),
                    fields: Self.fields(request, id: job.id)
                )
            }
        )
        router.on(
            .delete,
            "/v1/jobs/{id}",
            answering { [self] request in
                try await experiments.delete(try await job(request))
                return Response(status: .noContent)
            }
        )
        router.on(
            .post,
            "/v1/jobs/{id}/cancel",
            answering { [self] request in
                let job = try await job(request)
                guard try await experiments.cancel(job) || job.state == .cancelled else {
                    throw Problem(
                        .conflict,
                        detail: "the job \(job.id) has ended already: it is \(job.state.rawValue)",
                        errorCode: "INVALID_STATE"
                    )
                }
                guard let now = try await experiments.job(job.id) else {
                    throw Problem(.notFound, detail: "the job \(job.id) was removed meanwhile")
                }
                return .json(bytes: try await document(of: now).encoded())
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/members",
            answering { [self] request in
                let job = try await job(request)
                let view = views[job.kind]
                let members = try await experiments.members(of: job).map {
                    JSON($0, try view.member($0, of: job), job: job.id)
                }
                return .json(
                    bytes: JSON.object([("members", .array(members))]).encoded(),
                    fields: Self.fields(request, id: job.id)
                )
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/members/{member}/evidence.npz",
            answering { [self] request in
                let job = try await job(request)
                let text = request.parameters["member"] ?? ""
                guard let index = Int(text),
                    let member = try await experiments.members(of: job).first(where: { $0.index == index })
                else {
                    throw Problem(
                        .notFound,
                        detail: "the job \(job.id) has no member \(text)",
                        errorCode: "RESOURCE_DOES_NOT_EXIST"
                    )
                }
                guard member.state == "succeeded" else {
                    throw Self.notReady("member \(index) has not finished; it is \(member.state)")
                }
                let folder = experiments.folder.member(member.key)
                let arrays = try experiments.folder.files.list(folder).filter { $0.hasSuffix(".npy") }
                    .map { (name: String($0.dropLast(4)), path: "\(folder)/\($0)") }
                return try Archive.response(arrays, fileName: "\(job.name)-member-\(index)-evidence.npz")
            }
        )
    }

    package static func notReady(_ detail: String) -> Problem {
        Problem(.conflict, detail: detail, errorCode: "NOT_READY", fields: [.retryAfter: "5"])
    }
}
