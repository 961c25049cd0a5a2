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
                let body = try await request.body.collect(upTo: BodyPolicy.json.limit)
                let sets = try await prunedSets(request, body)
                guard sets.request.verify else {
                    let bytes = try await work.run { try sets.document(verification: .null).encoded() }
                    return .json(bytes: bytes, fields: Self.fields(request, id: sets.results.job.id))
                }
                let key = try Self.idempotencyKey(request, asking: body)
                let earlier: JobSummary? = if let key { try await experiments.replayed(key) } else { nil }
                let job = if let earlier { earlier } else { try await verify(sets, key) }
                let path = "/v1/jobs/\(job.id)"
                let bytes = try await work.run {
                    try sets.document(
                        verification: [
                            "job": .string(job.id), "name": .string(job.name), "state": .string(job.state.rawValue),
                            "href": .string(path),
                        ]
                    ).encoded()
                }
                var fields: HTTPFields = [.location: path]
                if earlier != nil { fields[.idempotencyReplayed] = "true" }
                return .json(bytes: bytes, status: .accepted, fields: fields)
            }
        )
        router.on(
            .post,
            "/v1/jobs/{id}/subsets.csv",
            body: .json,
            answering { [self] request in
                let sets = try await prunedSets(
                    request,
                    try await request.body.collect(upTo: BodyPolicy.json.limit)
                )
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

    private func prunedSets(_ request: Request, _ body: [UInt8]) async throws -> PrunedSets {
        try Self.allow(request)
        let results = try await results(request)
        let asked = try PruningRequest(body)
        return try await work.run { try PrunedSets(asked, results) }
    }

    private static func notInFile(_ field: String, _ detail: String) -> SettingsError {
        SettingsError(issues: [.init(pointer: "/\(field)", detail: detail)])
    }
}
