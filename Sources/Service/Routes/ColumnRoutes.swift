import Arrays
import Experiments
import Files
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    func addColumnRoutes(to router: inout Router) {
        router.on(
            .get,
            "/v1/jobs/{id}/columns",
            answering { [self] request in
                try Self.allow(request, "rev")
                let results = try await results(request)
                let columns: [JSON] = (results.table == nil ? [] : results.columns).map { column in
                    [
                        "name": .string(column.name), "dtype": .string(column.dtype),
                        "categories": column.categories.map { JSON($0) } ?? .null, "score": JSON(column.score),
                        "companion": JSON(column.companion), "higher_is_harder": JSON(column.higherIsHarder),
                        "title": JSON(column.title), "unit": JSON(column.unit),
                        "href": .string(
                            "/v1/jobs/\(results.job.id)/columns/\(column.name)"
                                + (column.isReview ? "" : "?rev=\(results.revision)")
                        ),
                    ]
                }
                return .json(
                    bytes: JSON.object([
                        ("columns", .array(columns)), ("revision", .int(results.revision)),
                        ("num_rows_total", .int(results.count)), ("partial", .bool(results.job.isPartial)),
                        ("members", memberCounts(results)),
                    ]).encoded(),
                    fields: Self.fields(request, id: results.job.id)
                )
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/columns/{name}",
            answering { [self] request in
                let (results, column) = try await column(request)
                let bytes = try await work.run {
                    let table = try results.requireTable()
                    if column.isReview {
                        let codes = results.reviews.codes(count: results.count).map { $0 < 0 ? Float.nan : Float($0) }
                        return codes.withUnsafeBytes { Array($0) }
                    }
                    guard column.isCategory else {
                        return try table.floats(column.name).withUnsafeBufferPointer {
                            Array(UnsafeRawBufferPointer($0))
                        }
                    }
                    // Category codes travel as f32 as well, NaN where null, so that a page reads one type.
                    let codes = try table.codes(column.name).withUnsafeBufferPointer { codes in
                        codes.map { $0 < 0 ? Float.nan : Float($0) }
                    }
                    return codes.withUnsafeBytes { Array($0) }
                }
                return Response(fields: columnFields(request, results, column), body: .bytes(bytes))
            }
        )
        router.on(
            .get,
            "/v1/jobs/{id}/columns/{name}.npy",
            answering { [self] request in
                let (results, column) = try await column(request)
                if column.isReview {
                    let codes = results.reviews.codes(count: results.count)
                    return Response(
                        fields: columnFields(request, results, column),
                        body: .bytes(NPY.encode(NDArray(shape: [codes.count], values: codes)))
                    )
                }
                let path = "\(results.folder)/\(column.name).npy"
                return Response.file(
                    path: path,
                    length: try experiments.folder.files.size(path),
                    contentType: "application/octet-stream",
                    fields: columnFields(request, results, column)
                )
            }
        )
    }

    private func column(_ request: Request) async throws -> (Results, Column) {
        try Self.allow(request, "rev")
        let results = try await results(request)
        _ = try results.requireTable()
        return (results, try results.column(request.parameters["name"] ?? ""))
    }

    private func columnFields(_ request: Request, _ results: Results, _ column: Column) -> HTTPFields {
        // Reviews go on changing in a revision that does not.
        if column.isReview { return [.contentType: "application/octet-stream", .cacheControl: "no-cache"] }
        return [
            .contentType: "application/octet-stream",
            .eTag: "\"\(results.job.id)-\(results.revision)-\(column.name)\"",
            .cacheControl: request.query.first("rev") == nil ? "no-cache" : "private, max-age=31536000, immutable",
        ]
    }
}
