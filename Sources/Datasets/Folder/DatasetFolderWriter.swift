import Arrays
import Files
import Foundation

/// Writes a parsed dataset as a dataset folder, training rows first, the manifest last.
struct DatasetFolderWriter {
    /// Names of columns that the manifest lists.
    private static let namesKept = 4_096

    private let parsed: ParsedDataset
    private let context: IngestContext
    /// Parsed rows in the order in which they are stored.
    private let order: [Int]
    private let trainCount: Int

    /// The warnings that are found here, and not by the formats.
    static let warnings: [DatasetWarning.Code] = [
        .missingLabels, .classWithoutTraining, .classWithOneExample, .duplicateExamples, .conflictingDuplicates,
        .constantFeatures,
    ]

    init(_ parsed: ParsedDataset, _ context: IngestContext) {
        self.parsed = parsed
        self.context = context
        let train = parsed.isTest.indices.filter { !parsed.isTest[$0] }
        order = train + parsed.isTest.indices.filter { parsed.isTest[$0] }
        trainCount = train.count
    }

    func write() throws(IngestError) -> DatasetManifest {
        let labels = order.map { parsed.labels.codes[$0] }
        try check(labels)
        let split = order.indices.map { UInt8($0 < trainCount ? 0 : 1) }
        let sources = order.map { parsed.sources[$0] }
        let ids = parsed.ids.map { ids in order.map { ids[$0] } }

        var written: [String: FileDigest] = [:]
        written[DatasetFile.examples] = try writeExamples()
        context.writeProgress(0.4)
        let inputs = try Inputs(path: path(DatasetFile.examples), parsed.examples)
        let duplicates = inputs.duplicates(count: order.count)
        noteDuplicates(duplicates, labels, sources)
        context.writeProgress(0.5)

        written[DatasetFile.labels] = try write(labels, DatasetFile.labels)
        written[DatasetFile.split] = try write(split, DatasetFile.split)
        written[DatasetFile.duplicates] = try write(duplicates, DatasetFile.duplicates)
        try written.merge(
            StringTable.write(sources, name: DatasetFile.sources, to: context.output, files: context.files)
        ) { $1 }
        if let ids {
            try written.merge(
                StringTable.write(ids, name: DatasetFile.ids, to: context.output, files: context.files)
            ) { $1 }
        }
        if let pictures = parsed.pictures {
            written[DatasetFile.pictures] = pictures.file
            written[DatasetFile.pictureRanges] = try write(
                order.map { pictures.ranges[$0] },
                DatasetFile.pictureRanges
            )
            try writeShown(pictures, &written)
        }
        if let texts = parsed.texts {
            written[DatasetFile.texts] = texts.file
            written[DatasetFile.textRanges] = try write(order.map { texts.ranges[$0] }, DatasetFile.textRanges)
        }
        var thumbnails: DatasetManifest.Thumbnails?
        if case .images(let examples, let shape) = inputs {
            let isReduced = (parsed.pictures?.largest.max() ?? 0) > ThumbnailSheets.tile
            let sheets = try ThumbnailSheets(
                examples: examples,
                shape: shape,
                format: isReduced && shape.channels == 3 ? .jpg : .png
            ).write(
                to: context.output,
                files: context.files
            ) { context.writeProgress(0.5 + 0.4 * $0) }
            thumbnails = sheets.0
            written.merge(sheets.files) { $1 }
        }

        var (statistics, normalisation) = inputs.statistics(trainCount: trainCount)
        for column in normalisation.constant where !parsed.isEmbedding && parsed.columns?.deviations[column] == nil {
            context.warnings.add(
                .constantFeatures,
                at: parsed.columns.map { "column '\($0.names[column])'" } ?? "column \(column)"
            )
        }
        for (column, deviation) in (parsed.columns?.deviations ?? []).enumerated() {
            if let deviation { normalisation.values.std[column] = deviation }
        }
        if parsed.isEmbedding { normalisation.values.shareDeviation() }
        var digest = DatasetDigest(
            kind: inputs.kind,
            shape: inputs.shape,
            count: order.count,
            classes: parsed.labels.classes
        )
        inputs.withBytes { digest.update($0) }
        labels.withUnsafeBytes { digest.update($0) }
        split.withUnsafeBytes { digest.update($0) }
        digest.update(sources)
        digest.update(ids ?? [])
        digest.update(parsed.pictures.map { pictures in order.map { pictures.digests[$0] } } ?? [])

        if let texts = parsed.texts {
            for row in order { digest.update([try texts.text(row)]) }
        }

        let counts = classCounts(labels)
        context.reading.format = parsed.format
        context.reading.rows = context.reading.rows ?? order.count
        context.reading.classes = parsed.labels.classes.enumerated().map { code, name in
            Reading.ClassName(
                name: name,
                count: counts.train[code] + counts.test[code],
                spellings: context.spellings[name]?.sorted()
            )
        }
        let manifest = DatasetManifest(
            manifestVersion: DatasetManifest.currentVersion,
            digest: digest.finish(),
            format: parsed.format,
            kind: inputs.kind,
            numExamples: order.count,
            shape: inputs.shape,
            classes: parsed.labels.classes,
            splits: DatasetManifest.Splits(train: trainCount, test: order.count - trainCount),
            classCounts: counts,
            missingLabels: labels.count { $0 < 0 },
            duplicateExamples: duplicates.indices.count { duplicates[$0] != $0 },
            hasIDs: ids != nil,
            hasPictures: parsed.pictures != nil,
            originalSizes: parsed.pictures.map {
                DatasetManifest.OriginalSizes(smallest: $0.smallest, largest: $0.largest)
            },
            featureNames: (parsed.columns?.names).flatMap { $0.count <= Self.namesKept ? $0 : nil },
            fixedDeviations: (parsed.columns?.deviations).flatMap { deviations in
                deviations.count <= Self.namesKept && deviations.contains { $0 != nil } ? deviations : nil
            },
            isEmbedding: parsed.isEmbedding ? true : nil,
            texts: parsed.texts?.about,
            normalisation: normalisation.values,
            statistics: statistics,
            thumbnails: thumbnails,
            warnings: context.inherited + context.warnings.warnings,
            files: written,
            corrections: context.corrections,
            reading: context.reading
        )
        try write(manifest)
        context.writeProgress(1)
        return manifest
    }

    /// What of the missing labels is a word that the sender may mean as a class.
    private var nothing: String {
        let named = context.nothingLabels.sorted { $0.value > $1.value }.prefix(3).map { word, count in
            "\(count) \(count == 1 ? "has" : "have") '\(word)', which is read as none; keep=\(word) keeps it as a class"
        }
        return named.isEmpty ? "" : " (\(named.joined(separator: "; ")))"
    }

    // MARK: Checks

    /// What makes training impossible is an error; what only makes it worse, a warning.
    private func check(_ labels: [Int32]) throws(IngestError) {
        let counts = classCounts(labels)
        let labelled = counts.train.reduce(0, +)
        let present = counts.train.indices.filter { counts.train[$0] > 0 }
        if context.isUnlabelled { return }
        // Nothing is trained on the examples of a training log: they have been trained on.
        if parsed.hasInputs {
            guard present.count >= 2 else { throw .oneClass(present.first.map { parsed.labels.classes[$0] }) }
            guard labelled >= context.limits.minimumExamples else {
                throw .tooFew(got: labelled, needed: context.limits.minimumExamples)
            }
        }
        for (row, label) in labels.enumerated() where label < 0 {
            context.warnings.add(.missingLabels, at: parsed.sources[order[row]], note: nothing)
        }
        for (code, name) in parsed.labels.classes.enumerated() where parsed.hasInputs {
            switch counts.train[code] {
            case 0: context.warnings.add(.classWithoutTraining, at: name)
            case 1: context.warnings.add(.classWithOneExample, at: name)
            default: break
            }
        }
    }

    private func classCounts(_ labels: [Int32]) -> DatasetManifest.ClassCounts {
        var counts = DatasetManifest.ClassCounts(
            train: [Int](repeating: 0, count: parsed.labels.classes.count),
            test: [Int](repeating: 0, count: parsed.labels.classes.count)
        )
        for (row, label) in labels.enumerated() where label >= 0 {
            if row < trainCount { counts.train[Int(label)] += 1 } else { counts.test[Int(label)] += 1 }
        }
        return counts
    }

    private func noteDuplicates(_ duplicates: [Int32], _ labels: [Int32], _ sources: [String]) {
        for (row, first) in duplicates.enumerated() where Int(first) != row {
            let place = "\(sources[row]) = \(sources[Int(first)])"
            context.warnings.add(.duplicateExamples, at: place)
            let (one, other) = (labels[Int(first)], labels[row])
            if one >= 0, other >= 0, one != other {
                let classes = parsed.labels.classes
                context.warnings.add(
                    .conflictingDuplicates,
                    at: "\(place): \(classes[Int(other)]), \(classes[Int(one)])"
                )
            }
        }
    }

    // MARK: Files

    private func path(_ name: String) -> String { "\(context.output)/\(name)" }

    private func writeExamples() throws(IngestError) -> FileDigest {
        try IngestError.translating {
            switch parsed.examples {
            case .images(let rows):
                let shape = rows.shape
                let bytes = shape.count.multipliedReportingOverflow(by: order.count)
                guard !bytes.overflow, bytes.partialValue <= context.limits.exampleBytes else {
                    throw IngestError.tooLarge(
                        what: "bytes of images",
                        got: bytes.overflow ? .max : bytes.partialValue,
                        limit: context.limits.exampleBytes
                    )
                }
                var writer = try NPYWriter<UInt8>(
                    path: path(DatasetFile.examples),
                    shape: [order.count, shape.height, shape.width, shape.channels],
                    files: context.files
                )
                for row in order { try rows.withRow(row) { try writer.append($0) } }
                return try writer.finish()
            case .features(let columns, let values):
                var writer = try NPYWriter<Float>(
                    path: path(DatasetFile.examples),
                    shape: [order.count, columns],
                    files: context.files
                )
                try values.withUnsafeBufferPointer { values in
                    for row in order {
                        try writer.append(UnsafeBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]))
                    }
                }
                return try writer.finish()
            }
        }
    }

    /// Sizes of the pictures, and the previews.
    private func writeShown(_ pictures: ParsedPictures, _ written: inout [String: FileDigest]) throws(IngestError) {
        if let sizes = pictures.sizes {
            written[DatasetFile.pictureSizes] = try write(
                order.flatMap { sizes[$0].map(Int32.init) },
                DatasetFile.pictureSizes,
                shape: [order.count, 2]
            )
        }
        guard let previews = pictures.previews else { return }
        written[DatasetFile.previews] = previews.file
        written[DatasetFile.previewRanges] = try write(
            order.map { previews.ranges[$0] },
            DatasetFile.previewRanges
        )
    }

    private func write(_ ranges: [Range<Int>], _ name: String) throws(IngestError) -> FileDigest {
        try write(
            ranges.flatMap { [UInt64($0.lowerBound), UInt64($0.upperBound)] },
            name,
            shape: [ranges.count, 2]
        )
    }

    private func write<Element: ArrayElement>(
        _ values: [Element],
        _ name: String,
        shape: [Int]? = nil
    ) throws(IngestError) -> FileDigest {
        try IngestError.translating {
            try NPY.write(
                NDArray(shape: shape ?? [values.count], values: values),
                to: path(name),
                files: context.files
            )
        }
    }

    private func write(_ manifest: DatasetManifest) throws(IngestError) {
        try IngestError.translating {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let json = try encoder.encode(manifest)
            try context.files.write(json, to: path(DatasetFile.manifest))
        }
    }
}
