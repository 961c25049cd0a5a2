import Arrays
import Experiments
import HTTPServer
import HTTPTypes

extension API {
    /// Files of results: a suffix says which, so that no `Accept` is needed.
    func addExportRoutes(to router: inout Router) {
        for format in TableExport.Format.allCases {
            router.on(
                .get,
                "/v1/jobs/{id}/scores.\(format.rawValue)",
                answering { [self] request in try await export(request, format) }
            )
        }
        router.on(
            .get,
            "/v1/jobs/{id}/scores.npz",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                let table = try results.requireTable()
                let arrays = table.columns.map { (name: $0.name, path: "\(results.folder)/\($0.name).npy") }
                return try Archive.response(arrays, fileName: "\(results.job.name)-scores.npz")
            }
        )
    }

    func addToolExportRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/jobs/{id}/export",
            answering { [self] request in
                try Self.allow(request, "format", "base", "rev")
                let wanted = request.query.first("format") ?? ""
                guard let format = ToolExport.Format(rawValue: wanted) else {
                    let all = ToolExport.Format.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem(
                        .badRequest,
                        detail: "format is one of \(all), got \"\(wanted)\"",
                        errorCode: "INVALID_PARAMETER_VALUE",
                        errors: [.init(pointer: "format", detail: "expected one of \(all)")]
                    )
                }
                let results = try await results(request)
                let table = try results.requireTable()
                if format == .cleanlab, !results.hasHeldOutProbabilities { throw Results.notComputed("heldout_probs") }
                if format == .cartography, table.column("datamap_confidence") == nil {
                    throw Results.notComputed("datamap_confidence")
                }
                let base = request.query.first("base") ?? request.head.authority.map { "http://\($0)" } ?? ""
                let export = try await work.run { [openFiles] in try ToolExport(results, openFiles, base: base) }
                return try await export.response(format, on: work)
            }
        )
    }

    private func export(_ request: Request, _ format: TableExport.Format) async throws -> Response {
        try Self.allow(request, "columns", "where", "orderby", "rev")
        let results = try await results(request)
        _ = try results.requireTable()
        let selection = try RowSelection(request, results)
        let rows = try await work.run { try selection.rows(results) }
        return TableExport(
            format: format,
            results: results,
            columns: request.query.first("columns") == nil ? results.columns : selection.columns,
            rows: rows
        ).response(on: work)
    }
}
