import Arrays
import Datasets
import Difficulty
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    func addScoreRoutes(to router: inout Router) {
        router.on(.get, "/v1/jobs/{id}/scores", answering { [self] request in try await scores(request) })
        router.on(
            .get,
            "/v1/jobs/{id}/heldout_probs.npy",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                _ = try results.requireTable()
                let path = "\(results.folder)/heldout_probs.npy"
                guard results.hasHeldOutProbabilities else { throw Results.notComputed("heldout_probs") }
                return Response.file(
                    path: path,
                    length: try experiments.folder.files.size(path),
                    contentType: "application/octet-stream",
                    eTag: "\"\(results.job.id)-\(results.revision)-probs\"",
                    fields: [.contentDisposition: Archive.disposition("\(results.job.name)-heldout_probs.npy")]
                )
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/summary",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                guard results.table != nil else {
                    return .json(bytes: JSON.object([("partial", true), ("members", memberCounts(results))]).encoded())
                }
                let bytes = try await work.run { [openFiles] in try openFiles.whole("\(results.folder)/summary.json") }
                return .json(bytes: bytes, fields: Self.fields(request, id: results.job.id))
            }
        )
        router.on(.get, "/v1/jobs/{id}/issues", answering { [self] request in try await issues(request) })
        router.on(
            .get,
            "/v1/jobs/{id}/issues.csv",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                _ = try results.requireTable()
                let issues = try await work.run { [self] in try RankedIssues(results, openFiles) }
                return Response(
                    fields: [
                        .contentType: "text/csv; charset=utf-8",
                        .contentDisposition: Archive.disposition("\(results.job.name)-issues.csv"),
                    ],
                    body: .bytes(try issues.csv(results))
                )
            }
        )
    }

    func memberCounts(_ results: Results) -> JSON {
        [
            "total": .int(results.job.members.total),
            "succeeded": .int(results.table == nil ? 0 : results.job.revisionMembers),
        ]
    }

    // MARK: Rows

    private func scores(_ request: Request) async throws -> Response {
        try Self.allow(request, "offset", "length", "where", "orderby", "columns", "rev")
        let results = try await results(request)
        let selection = try RowSelection(request, results)
        let offset = try Self.number(request, "offset", default: 0, in: 0...Int(Int32.max))
        let length = try Self.number(request, "length", default: 100, in: 1...1_000)
        let counts = memberCounts(results)
        let query = request.query
        let document = try await work.run {
            let order = try selection.rows(results)
            let count = order?.count ?? results.count
            let end = min(count, offset + length)
            let rows: [JSON] = try (min(offset, end)..<end).map { position in
                let row = order.map { Int($0[position]) } ?? position
                var cells: [(String, JSON)] = [("source", .string(try results.dataset.source(row)))]
                if results.dataset.manifest.hasIDs { cells.append(("id", JSON(try results.dataset.id(row)))) }
                cells.append(("split", .string(results.dataset.split(row).rawValue)))
                for column in selection.columns {
                    cells.append((column.name, try results.value(column, row)))
                }
                return ["row_idx": .int(row), "row": .object(cells), "truncated_cells": []]
            }
            var names: [(String, String)] = [("source", "string")]
            if results.dataset.manifest.hasIDs { names.append(("id", "string")) }
            names.append(("split", "string"))
            names += selection.columns.map { ($0.name, $0.isCategory ? "string" : "float32") }
            var next = JSON.null
            if end < count {
                var items = query.items.filter { !["offset", "length", "rev"].contains($0.name) }
                    .map { URLQueryItem(name: $0.name, value: $0.value) }
                items += [
                    URLQueryItem(name: "offset", value: "\(end)"), URLQueryItem(name: "length", value: "\(length)"),
                ]
                if results.revision > 0 { items.append(URLQueryItem(name: "rev", value: "\(results.revision)")) }
                var components = URLComponents()
                components.path = "/v1/jobs/\(results.job.id)/scores"
                components.queryItems = items
                next = JSON(components.string)
            }
            return JSON.object([
                ("features", .array(names.enumerated().map { Self.feature($0, $1.0, $1.1) })), ("rows", .array(rows)),
                ("num_rows_total", .int(count)), ("num_rows_per_page", .int(length)),
                ("partial", .bool(results.job.isPartial)), ("members", counts), ("next", next),
            ]).encoded()
        }
        return .json(bytes: document, fields: Self.fields(request, id: results.job.id))
    }

    // MARK: Issues

    private func issues(_ request: Request) async throws -> Response {
        try Self.allow(request, "offset", "length", "type", "rev")
        let results = try await results(request)
        let offset = try Self.number(request, "offset", default: 0, in: 0...Int(Int32.max))
        let length = try Self.number(request, "length", default: 100, in: 1...1_000)
        let counts = memberCounts(results)
        let type = request.query.first("type")
        let types = IssueKind.allCases.map(\.name)
        if let type, !types.contains(type) {
            throw Problem(
                .badRequest,
                detail: "type is one of \(types.joined(separator: ", ")), got \"\(type)\"",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: "type", detail: "expected one of \(types.joined(separator: ", "))")]
            )
        }
        let document = try await work.run { [self] in
            guard results.table != nil else {
                return JSON.object([
                    ("issues", []), ("num_issues_total", 0), ("partial", true), ("members", counts), ("next", nil),
                ]).encoded()
            }
            let list = try RankedIssues(results, openFiles)
            let matching = list.issues.filter { type == nil || $0.type == type }
            let end = min(matching.count, offset + length)
            let page = matching[min(offset, end)..<end]
            let filter = type.map { "&type=\($0)" } ?? ""
            let next =
                "/v1/jobs/\(results.job.id)/issues?offset=\(end)&length=\(length)\(filter)&rev=\(results.revision)"
            return JSON.object([
                ("trust", list.summary["trust"] ?? nil), ("baseline", list.summary["baseline"] ?? nil),
                ("estimated_label_errors", list.estimate), ("review_curve", list.reviewCurve),
                ("issues", .array(try page.map { try JSON($0, in: results) })),
                ("num_issues_total", .int(matching.count)),
                ("num_issues_per_page", .int(length)), ("partial", .bool(results.job.isPartial)), ("members", counts),
                ("next", end < matching.count ? .string(next) : nil),
            ]).encoded()
        }
        return .json(bytes: document, fields: Self.fields(request, id: results.job.id))
    }
}
