import Arrays
import Datasets
import Experiments
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    func addExampleRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/jobs/{id}/examples/{index}",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                let row = try Self.row(request, of: results.dataset.manifest)
                let members = try await experiments.members(of: results.job)
                let report = ExampleReport(
                    results: results,
                    row: row,
                    probeNames: results.facts.probeNames,
                    files: openFiles,
                    members: members.filter { $0.state == "succeeded" && !$0.isExcluded }
                        .map { ($0.index, experiments.folder.member($0.key)) }
                )
                return .json(
                    bytes: try await work.run { try report.document().encoded() },
                    fields: Self.fields(request, id: results.job.id)
                )
            }
        )
    }
}
