import Datasets
import Experiments
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    func addCompareRoutes(to router: inout Router) {
        router.on(.get, "/v1/compare", answering { [self] request in try await compare(request) })
    }

    private func compare(_ request: Request) async throws -> Response {
        try Self.allow(request, "jobs", "columns", "movers", "length")
        let names = (request.query.first("jobs") ?? "").split(separator: ",").map(String.init)
        guard names.count == 2 else {
            throw Self.wrong("jobs", "jobs names two jobs, such as jobs=a,b; got \(names.count)")
        }
        var sides: [Results] = []
        for name in names {
            guard let job = try await experiments.job(name) else {
                throw Problem(.notFound, detail: "there is no job \(name)", errorCode: "RESOURCE_DOES_NOT_EXIST")
            }
            let results = try await results(of: job, revision: job.revision)
            _ = try results.requireTable()
            sides.append(results)
        }
        let (first, second) = (sides[0], sides[1])
        let isSame = first.about.id == second.about.id
        if !isSame {
            let ours = try await lineage(first.about)
            guard try await !lineage(second.about).isDisjoint(with: ours) else {
                throw Problem(
                    .unprocessableContent,
                    detail: "the jobs are about \(first.about.id) and \(second.about.id), which are not "
                        + "versions of one dataset: their examples cannot be matched",
                    errorCode: "INVALID_PARAMETER_VALUE",
                    errors: [.init(pointer: "jobs", detail: "not versions of one dataset")]
                )
            }
        }
        let wanted = request.query.first("columns").map { $0.split(separator: ",").map(String.init) }
        let mover = request.query.first("movers") ?? "issue_score"
        let isMoverNamed = request.query.first("movers") != nil
        let length = try Self.number(request, "length", default: 20, in: 1...1_000)
        let document = try await work.run {
            let comparison = try Comparison(first, second, isBySource: !isSame)
            let scores = try comparison.scores(wanted)
            guard scores.count * comparison.pairs.count <= Comparison.mostCells else {
                throw Self.wrong(
                    "columns",
                    "\(scores.count) scores of \(comparison.pairs.count) examples are too many to compare at once: "
                        + "name at most \(max(1, Comparison.mostCells / max(1, comparison.pairs.count))) with columns="
                )
            }
            let moving =
                isMoverNamed ? try comparison.scores([mover]) : try comparison.scores(nil).filter { $0.name == mover }
            return try comparison.document(scores, movers: moving.first, length: length).encoded()
        }
        return .json(bytes: document, fields: [.cacheControl: "no-cache"])
    }

    private static func wrong(_ pointer: String, _ detail: String) -> Problem {
        Problem(
            .badRequest,
            detail: detail,
            errorCode: "INVALID_PARAMETER_VALUE",
            errors: [.init(pointer: pointer, detail: detail)]
        )
    }

    /// A dataset and all that it is a version of, as far as they are still there.
    private func lineage(_ dataset: DatasetSummary) async throws -> Set<String> {
        var found: Set<String> = [dataset.id]
        var next = dataset.parent
        while let id = next, found.insert(id).inserted { next = try await experiments.library.dataset(id)?.parent }
        return found
    }
}
