import Arrays
import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    func addDatasetRoutes(to router: inout Router) {
        let upload = limits.upload
        router.on(
            .post,
            "/v1/datasets",
            body: upload,
            answering { [self] request in
                try Self.allow(request, ["name", "preview"] + UploadField.names)
                return try await receive(request, file: nil)
            }
        )
        router.on(
            .put,
            "/v1/datasets/{id}",
            body: upload,
            answering { [self] request in
                try Self.allow(request, ["name", "preview"] + UploadField.names)
                return try await receive(request, file: request.parameters["id"])
            }
        )
        router.on(
            .get,
            "/v1/datasets",
            answering { [self] request in
                try Self.allow(request, "max_results", "page_token")
                let page = try await experiments.library.list(
                    limit: try Self.number(request, "max_results", default: 100, in: 1...1_000),
                    after: request.query.first("page_token")
                )
                return .json(
                    bytes: JSON.object([
                        ("datasets", .array(page.elements.map { JSON($0) })), ("next_page_token", JSON(page.nextToken)),
                    ]).encoded()
                )
            }
        )
        router.on(
            .get,
            "/v1/datasets/{id}",
            answering { [self] request in
                let dataset = try await dataset(request)
                return .json(
                    bytes: JSON(dataset).encoded(),
                    fields: Self.fields(request, id: dataset.id)
                )
            }
        )
        router.on(
            .delete,
            "/v1/datasets/{id}",
            answering { [self] request in
                try Self.allow(request, "force")
                let dataset = try await dataset(request)
                try await experiments.deleteDataset(dataset, force: request.query.first("force") == "true")
                close(dataset)
                return Response(status: .noContent)
            }
        )
        router.on(.get, "/v1/datasets/{id}/rows", answering { [self] request in try await rows(request) })
        router.on(
            .get,
            "/v1/datasets/{id}/statistics",
            answering { [self] request in
                let dataset = try await dataset(request)
                guard let manifest = dataset.manifest else {
                    throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
                }
                return try Response.json(DatasetStatisticsDocument(manifest), fields: [:])
            }
        )
        router.on(
            .get,
            "/v1/datasets/{id}/examples/{index}",
            answering { [self] request in
                let dataset = try await dataset(request)
                let opened = try await opened(dataset)
                let row = try Self.row(request, of: opened.manifest)
                return .json(bytes: try await work.run { try Self.example(row, of: opened, id: dataset.id) }.encoded())
            }
        )
        router.on(
            .get,
            "/v1/datasets/{id}/examples/{index}/image",
            answering { [self] request in
                try Self.allow(request, "size")
                let dataset = try await dataset(request)
                let opened = try await opened(dataset)
                let row = try Self.row(request, of: opened.manifest)
                guard opened.manifest.showsPictures else {
                    throw Problem(
                        .notFound,
                        detail: "the dataset \(dataset.id) has no pictures",
                        errorCode: "RESOURCE_DOES_NOT_EXIST"
                    )
                }
                let size =
                    request.query.first("size") == nil
                    ? nil : try Self.number(request, "size", default: 0, in: 8...1_024)
                let picture = try await work.run { try opened.picture(row, size: size) }
                return Self.immutable(
                    picture.bytes,
                    type: picture.mediaType,
                    tag: "\(opened.manifest.digest.prefix(16))-\(row)-\(size ?? 0)"
                )
            }
        )
        for format in [DatasetManifest.Thumbnails.Format.png, .jpg] {
            router.on(
                .get,
                "/v1/datasets/{id}/thumbnails/{sheet}.\(format.rawValue)",
                answering { [self] request in
                    let dataset = try await dataset(request)
                    let opened = try await opened(dataset)
                    guard let sheet = Int(request.parameters["sheet"] ?? ""),
                        let path = opened.thumbnailSheetPath(sheet),
                        format == opened.manifest.thumbnails?.format ?? .png
                    else {
                        throw Problem(
                            .notFound,
                            detail: "the dataset \(dataset.id) has no such thumbnail sheet",
                            errorCode: "RESOURCE_DOES_NOT_EXIST"
                        )
                    }
                    return Response.file(
                        path: path,
                        length: try Files.live.size(path),
                        contentType: format.mediaType,
                        eTag: "\"\(opened.manifest.digest.prefix(16))-t\(sheet)\"",
                        fields: [.cacheControl: "public, max-age=31536000, immutable"]
                    )
                }
            )
        }
    }

    /// An answer that never changes under its address, since the address names what it was made from.
    static func immutable(_ bytes: [UInt8], type: String, tag: String) -> Response {
        Response(
            fields: [
                .contentType: type, .eTag: "\"\(tag)\"", .cacheControl: "public, max-age=31536000, immutable",
                // Label Studio on another port of this machine shows the pictures that its export names.
                .crossOriginResourcePolicy: "same-site",
            ],
            body: .bytes(bytes)
        )
    }

    static func row(
        _ request: Request,
        of manifest: DatasetManifest,
        named parameter: String = "index"
    ) throws -> Int {
        let text = request.parameters[parameter] ?? ""
        guard let row = Int(text), (0..<manifest.numExamples).contains(row) else {
            throw Problem(
                .notFound,
                detail: "there is no example \(text); they are numbered 0 to \(manifest.numExamples - 1)",
                errorCode: "RESOURCE_DOES_NOT_EXIST"
            )
        }
        return row
    }

    // MARK: Rows

    private func rows(_ request: Request) async throws -> Response {
        try Self.allow(request, "offset", "length")
        let dataset = try await dataset(request)
        let opened = try await opened(dataset)
        let total = opened.manifest.numExamples
        let offset = try Self.number(request, "offset", default: 0, in: 0...Int(Int32.max))
        let length = try Self.number(request, "length", default: 100, in: 1...1_000)
        let document = try await work.run {
            let end = min(total, offset + length)
            let isImages = opened.manifest.showsPictures
            var features: [JSON] = [Self.feature(0, "source", "string"), Self.feature(1, "label", "string")]
            features += [Self.feature(2, "split", "string")]
            features.append(
                isImages
                    ? ["feature_idx": 3, "name": "image", "type": ["_type": "Image"]]
                    : [
                        "feature_idx": 3, "name": "features",
                        "type": ["_type": "Sequence", "feature": ["dtype": "float32", "_type": "Value"]],
                    ]
            )
            if opened.manifest.texts != nil { features.append(Self.feature(4, "text", "string")) }
            let rows: [JSON] = try (min(offset, end)..<end).map { row in
                [
                    "row_idx": .int(row),
                    "row": try Self.cells(row, of: opened, id: dataset.id, textLimit: Self.textBytes),
                    "truncated_cells": try opened.textBytes(row) ?? 0 > Self.textBytes ? ["text"] : [],
                ]
            }
            return JSON.object([
                ("features", .array(features)), ("rows", .array(rows)), ("num_rows_total", .int(total)),
                ("num_rows_per_page", .int(length)), ("partial", false),
                (
                    "next",
                    end < total
                        ? .string("/v1/datasets/\(dataset.id)/rows?offset=\(end)&length=\(length)") : .null
                ),
            ]).encoded()
        }
        return .json(bytes: document, fields: Self.fields(request, id: dataset.id))
    }

    /// Bytes of a text in a page of rows; an example by itself has all of it.
    private static let textBytes = 4_096

    static func feature(_ index: Int, _ name: String, _ type: String) -> JSON {
        ["feature_idx": .int(index), "name": .string(name), "type": ["dtype": .string(type), "_type": "Value"]]
    }

    private static func cells(_ row: Int, of dataset: Dataset, id: String, textLimit: Int = .max) throws -> JSON {
        var cells: [(String, JSON)] = [("source", .string(try dataset.source(row)))]
        if dataset.manifest.hasIDs { cells.append(("id", JSON(try dataset.id(row)))) }
        cells += [
            ("label", JSON(dataset.labelName(row))),
            ("split", .string(dataset.split(row).rawValue)),
        ]
        if dataset.manifest.showsPictures {
            cells.append(("image", ["src": .string("/v1/datasets/\(id)/examples/\(row)/image")]))
        } else {
            cells.append(("features", .array((dataset.features(row) ?? []).map { .float($0) })))
        }
        if dataset.manifest.texts != nil { cells.append(("text", JSON(try dataset.text(row, limit: textLimit)))) }
        return .object(cells)
    }

    private static func example(_ row: Int, of dataset: Dataset, id: String) throws -> JSON {
        guard case .object(let cells) = try cells(row, of: dataset, id: id) else { return .null }
        return .object([("row_idx", .int(row))] + cells + [("links", ["dataset": .string("/v1/datasets/\(id)")])])
    }
}

/// `GET /v1/datasets/{id}/statistics`.
private struct DatasetStatisticsDocument: Encodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var num_examples: Int
    var partial = false
    var statistics: DatasetStatistics?

    init(_ manifest: DatasetManifest) {
        num_examples = manifest.numExamples
        statistics = manifest.statistics
    }
}
