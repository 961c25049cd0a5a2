import Datasets
import Experiments
import Tasks

extension JSON {
    /// `GET /v1/datasets/{id}`.
    init(_ dataset: DatasetSummary) {
        let manifest = dataset.manifest
        var fields: [(String, JSON)] = [
            ("id", .string(dataset.id)), ("name", .string(dataset.name)), ("state", .string(dataset.state.rawValue)),
        ]
        if let fraction = dataset.fraction {
            fields.append(("progress", ["phase": "parsing", "fraction": .double(fraction)]))
        }
        fields.append(("error", dataset.failure.map { JSON($0) } ?? .null))
        if let manifest {
            fields += [
                ("format", .string(manifest.format)), ("kind", .string(manifest.kind.rawValue)),
                ("num_examples", .int(manifest.numExamples)), ("num_classes", .int(manifest.classes.count)),
                ("shape", JSON(manifest.shape)), ("classes", JSON(manifest.classes)),
                ("splits", ["train": .int(manifest.splits.train), "test": .int(manifest.splits.test)]),
                (
                    "class_counts",
                    ["train": JSON(manifest.classCounts.train), "test": JSON(manifest.classCounts.test)]
                ),
                ("feature_names", manifest.featureNames.map { JSON($0) } ?? .null),
                ("has_pictures", .bool(manifest.showsPictures)),
                (
                    "texts",
                    manifest.texts.map { texts in
                        [
                            "columns": JSON(texts.columns), "are_all": .bool(texts.areAll),
                            "english": .double(texts.english),
                        ]
                    } ?? .null
                ),
                (
                    "original_sizes",
                    manifest.originalSizes.map { sizes in
                        ["smallest": JSON(sizes.smallest), "largest": JSON(sizes.largest)]
                    } ?? .null
                ),
                ("missing_labels", .int(manifest.missingLabels)),
                ("reading", Self.reading(manifest)),
                ("duplicate_examples", .int(manifest.duplicateExamples)),
                ("digest", .string(manifest.digest)), ("parent", JSON(dataset.parent)),
                (
                    "corrections",
                    manifest.corrections.map { corrections in
                        [
                            "labels_changed": .int(corrections.labelsChanged),
                            "examples_excluded": .int(corrections.examplesExcluded),
                        ]
                    } ?? .null
                ),
                (
                    "thumbnails",
                    manifest.thumbnails.map { sheets in
                        [
                            "tile": .int(sheets.tile), "columns": .int(sheets.columns), "rows": .int(sheets.rows),
                            "sheets": .int(sheets.sheets),
                            "href": .string(
                                "/v1/datasets/\(dataset.id)/thumbnails/{sheet}.\((sheets.format ?? .png).rawValue)"
                            ),
                        ]
                    } ?? .null
                ),
                ("warnings", .array(manifest.warnings.map { JSON($0) })),
            ]
        }
        fields += [
            ("created_at", JSON(dataset.createdAt)),
            (
                "links",
                [
                    "self": .string("/v1/datasets/\(dataset.id)"), "page": .string("/datasets/\(dataset.id)"),
                    "rows": .string("/v1/datasets/\(dataset.id)/rows"),
                    "statistics": .string("/v1/datasets/\(dataset.id)/statistics"),
                ]
            ),
        ]
        self = .object(fields)
    }

    init(_ warning: DatasetWarning) {
        self = [
            "code": .string(warning.code), "detail": .string(warning.detail), "count": .int(warning.count),
            "places": JSON(warning.places),
        ]
    }

    init(_ failure: Failure) {
        self = [
            "error_code": .string(failure.code), "detail": .string(failure.detail),
            "errors": .array(
                (failure.errors ?? []).map { ["pointer": .string($0.pointer), "detail": .string($0.detail)] }
            ),
        ]
    }

    /// How the upload was read; parts that do not apply are null.
    private static func reading(_ manifest: DatasetManifest) -> JSON {
        guard let reading = manifest.reading, case .object(let said)? = try? JSON(encoding: reading) else {
            return .null
        }
        let present = Dictionary(said, uniquingKeysWith: { $1 })
        let parts = [
            "format", "encoding", "separator", "rows", "label", "id", "split", "columns", "classes", "folders", "scale",
        ]
        return .object(parts.map { ($0, present[$0] ?? .null) })
    }
}
