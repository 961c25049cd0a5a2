import Datasets
import Experiments
import Foundation
import HTTPServer
import HTTPTypes

extension API {
    /// Pruned training sets, and the proof that they are worth something.
    func addPruningRoutes(to router: inout Router) {
        router.on(
            .post,
            "/v1/jobs/{id}/subsets",
            body: .json,
            answering { [self] request in
                try Self.allow(request)
                let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
                let asked = try PruningRequest(body)
                guard asked.verify else {
                    let sets = try await prunedSets(asked, try await results(request))
                    let bytes = try await work.run { try sets.document(verification: .null).encoded() }
                    return .json(bytes: bytes, fields: Self.fields(request, id: sets.results.job.id))
                }
                let key = try Self.idempotencyKey(request, asking: body)
                if let key, let first = try await experiments.replayed(key) {
                    let sets = try await prunedSets(asked, try await source(of: first))
                    var answer = try await accepted(first, verifying: sets)
                    answer.fields[.idempotencyReplayed] = "true"
                    return answer
                }
                let sets = try await prunedSets(asked, try await results(request))
                return try await accepted(try await verify(sets, key), verifying: sets)
            }
        )
        router.on(
            .post,
            "/v1/jobs/{id}/subsets.csv",
            body: .json,
            answering { [self] request in
                try Self.allow(request)
                let asked = try PruningRequest(try await request.body.collect(upTo: BodyPolicy.json.limit))
                let sets = try await prunedSets(asked, try await results(request))
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
                    body: .bytes(try await work.run { try sets.csv() })
                )
            }
        )
    }

    private func verify(_ sets: PrunedSets, _ key: IdempotencyKey?) async throws -> JobSummary {
        let source = sets.results.job
        return try await experiments.verify(
            source,
            name: sets.request.name ?? Naming.derived(from: source.name, ending: "-pruning"),
            rule: sets.rule,
            values: sets.values,
            counts: sets.counts,
            runs: sets.request.runs,
            key: key
        )
    }

    private func prunedSets(_ asked: PruningRequest, _ results: Results) async throws -> PrunedSets {
        try await work.run { try PrunedSets(asked, results) }
    }

    /// The results that chose the sets of a verification, as they were then.
    ///
    /// - Throws: `Problem` 410 where they were removed
    private func source(of verification: JobSummary) async throws -> Results {
        guard let pruning = verification.settings?.pruning, let source = try await experiments.job(pruning.job) else {
            throw Problem(
                .gone,
                detail:
                    "The job whose scores chose these sets was removed; GET /v1/jobs/\(verification.id) has what the "
                    + "verification found.",
                errorCode: "RESOURCE_DOES_NOT_EXIST"
            )
        }
        return try await results(of: source, revision: pruning.revision)
    }

    /// 202 with the sets and the job that verifies them.
    private func accepted(_ job: JobSummary, verifying sets: PrunedSets) async throws -> Response {
        let path = "/v1/jobs/\(job.id)"
        let bytes = try await work.run {
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
