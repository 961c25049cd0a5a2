import Datasets
import Experiments
import HTTPServer
import HTTPTypes
import Service
import Tasks

/// Pruned training sets, and the proof that they are worth something.
struct PruningRoutes: Sendable {
    let api: API
    let kind: PruningKind

    func add(to router: inout Router) {
        router.on(
            .post,
            "/v1/jobs/{id}/subsets",
            body: .json,
            api.answering { request in
                try API.allow(request)
                let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
                let asked = try PruningRequest(body)
                guard asked.verify else {
                    let sets = try await prunedSets(asked, try await api.results(request))
                    let bytes = try await api.work.run { try sets.document(verification: .null).encoded() }
                    return .json(bytes: bytes, fields: API.fields(request, id: sets.results.job.id))
                }
                let key = try API.idempotencyKey(request, asking: body)
                if let key, let first = try await api.experiments.replayed(key) {
                    let sets = try await prunedSets(asked, try await source(of: first))
                    var answer = try await accepted(first, verifying: sets)
                    answer.fields[.idempotencyReplayed] = "true"
                    return answer
                }
                let sets = try await prunedSets(asked, try await api.results(request))
                return try await accepted(try await verify(sets, key), verifying: sets)
            }
        )
        router.on(
            .post,
            "/v1/jobs/{id}/subsets.csv",
            body: .json,
            api.answering { request in
                try API.allow(request)
                let asked = try PruningRequest(try await request.body.collect(upTo: BodyPolicy.json.limit))
                let sets = try await prunedSets(asked, try await api.results(request))
                guard !sets.request.verify else { throw Self.notInFile("verify", "a file has no place for it") }
                guard sets.counts.count == 1 else {
                    throw Self.notInFile(sets.request.action.rawValue, "one amount for a file")
                }
                return Response(
                    fields: [
                        .contentType: "text/csv; charset=utf-8",
                        .contentDisposition: Archive.disposition("\(sets.results.job.name)-subset.csv"),
                        .cacheControl: "no-cache",
                    ],
                    body: .bytes(try await api.work.run { try sets.csv() })
                )
            }
        )
    }

    private func verify(_ sets: PrunedSets, _ key: IdempotencyKey?) async throws -> JobSummary {
        let source = sets.results.job
        return try await api.experiments.verify(
            source,
            by: kind,
            name: sets.request.name ?? Naming.derived(from: source.name, ending: "-pruning"),
            rule: sets.rule,
            values: sets.values,
            counts: sets.counts,
            runs: sets.request.runs,
            key: key
        )
    }

    private func prunedSets(_ asked: PruningRequest, _ results: Results) async throws -> PrunedSets {
        try await api.work.run { try PrunedSets(asked, results) }
    }

    /// The results that chose the sets of a verification, as they were then.
    ///
    /// - Throws: `Problem` 410 where they were removed
    private func source(of verification: JobSummary) async throws -> Results {
        guard let pruning = try verification.settings(as: PruningJobSettings.self)?.pruning,
            let source = try await api.experiments.job(pruning.job)
        else {
            throw Problem(
                .gone,
                detail:
                    "The job whose scores chose these sets was removed; GET /v1/jobs/\(verification.id) has what the "
                    + "verification found.",
                errorCode: "RESOURCE_DOES_NOT_EXIST"
            )
        }
        return try await api.results(of: source, revision: pruning.revision)
    }

    /// 202 with the sets and the job that verifies them.
    private func accepted(_ job: JobSummary, verifying sets: PrunedSets) async throws -> Response {
        let path = "/v1/jobs/\(job.id)"
        let bytes = try await api.work.run {
            try sets.document(
                verification: [
                    "job": .string(job.id), "name": .string(job.name), "state": .string(job.state.rawValue),
                    "href": .string(path),
                ]
            ).encoded()
        }
        return .json(bytes: bytes, status: .accepted, fields: [.location: path])
    }

    private static func notInFile(_ field: String, _ detail: String) -> SettingsError {
        SettingsError(issues: [.init(pointer: "/\(field)", detail: detail)])
    }
}
