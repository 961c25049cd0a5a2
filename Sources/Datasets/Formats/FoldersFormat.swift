import Tasks

/// ZIP or TAR of class folders with PNG or JPEG pictures; `train` and `test` may stand above the class folders.
///
/// Rows are in the order of their paths (by UTF-8 bytes), whatever the order in the archive: the same folder packed
/// twice is the same dataset, and the order is that of torchvision's ImageFolder.
struct FoldersFormat: DatasetFormat {
    let name = "folders"
    let summary = "folders (a zip or tar of class folders with PNG or JPEG pictures)"

    private static let pictureSuffixes: Set<Substring> = [
        "png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff",
    ]

    func recognises(_ sample: FormatSample) -> Bool {
        sample.path != nil && !sample.isGzip && ImageDecoder.kind(of: sample.head) != nil
    }

    func read(_ upload: Upload, _ context: IngestContext) throws(IngestError) -> ParsedDataset {
        guard upload.container == .archive else {
            throw .unrecognised(found: "class folders come as a zip or tar archive")
        }
        context.ignoreOptions(id: true)
        let archive = try upload.openArchive(limits: context.limits)
        var importer = try PictureImporter(context)
        var others: [String] = []
        var otherCount = 0
        var tables: [String] = []
        while let entry = try archive.next() {
            guard !entry.isClutter else { continue }
            guard let bytes = try archive.contents(limit: context.limits.pictureFileBytes) else {
                importer.leaveOut(
                    entry.path,
                    .fileTooLarge(
                        bytes: entry.size ?? context.limits.pictureFileBytes + 1,
                        limit: context.limits.pictureFileBytes
                    )
                )
                continue
            }
            let suffix = entry.fileName.split(separator: ".").last.map { Substring($0.lowercased()) } ?? ""
            if ImageDecoder.kind(of: bytes) != nil || Self.pictureSuffixes.contains(suffix) {
                try importer.add(entry.path, bytes)
                context.readProgress(archive.fraction)
            } else if Upload.looksPacked(bytes) {
                throw .nestedArchive(entry.path)
            } else {
                otherCount += 1
                let ending = TableFiles.suffix(of: entry.path) ?? ""
                if CSVFormat.suffixes.contains(ending) || JSONLinesFormat.suffixes.contains(ending), tables.count < 16,
                    TextEncoding.looksLikeText(bytes.prefix(4_096))
                {
                    tables.append(entry.path)
                    continue
                }
                if others.count < 3 { others.append(entry.path) }
                context.warnings.add(.otherFiles, at: entry.path)
            }
        }
        let pictures = try importer.finish()
        guard importer.total > 0 else { throw .noPictures(otherFiles: otherCount, first: others) }
        guard importer.unreadable.count * 2 <= importer.total else {
            throw .mostPicturesUnreadable(
                count: importer.unreadable.count,
                total: importer.total,
                places: importer.unreadable.prefix(WarningLog.placesKept).map {
                    IngestError.Place(pointer: $0.path, detail: $0.error.description)
                }
            )
        }
        for (path, error) in importer.unreadable { context.warnings.add(.unreadableImage, at: "\(path): \(error)") }
        return try dataset(pictures, tables, upload, context)
    }

    /// Labels of a table beside the pictures, where folders have none.
    private func list(
        _ tables: [String],
        _ layout: FolderLayout,
        _ upload: Upload,
        _ paths: [String],
        _ context: IngestContext
    ) throws(IngestError) -> PictureList? {
        let classes = Set(layout.places.compactMap { $0?.className })
        guard !tables.isEmpty, !context.isUnlabelled,
            classes.count < 2 || !layout.parts.isEmpty || context.options.label != nil
        else { return nil }
        return try PictureList(tables, in: upload, pictures: paths, context)
    }

    private func dataset(
        _ pictures: ImportedPictures,
        _ tables: [String],
        _ upload: Upload,
        _ context: IngestContext
    ) throws(IngestError) -> ParsedDataset {
        let sorted = pictures.records.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        let layout = FolderLayout(paths: sorted.map(\.path))
        context.reading.folders = layout.folders
        context.reading.rows = sorted.count
        context.reading.split = layout.splits.isEmpty ? nil : "folders"
        let list = try list(tables, layout, upload, sorted.map(\.path), context)
        if let list {
            context.reading.label = list.label.map {
                Reading.Label(column: $0.column, chosen: .list, candidates: $0.candidates)
            }
        } else if !context.isUnlabelled {
            for path in tables { context.warnings.add(.otherFiles, at: path) }
            context.ignoreTableOptions()
            if context.options.label != nil { context.warnings.add(.ignoredOption, at: "label") }
            context.reading.label = Reading.Label(column: nil, chosen: .folder, candidates: [])
            guard layout.parts.isEmpty else { throw .partsAsClasses(layout.parts) }
        }
        var records: [ImportedPictures.Record] = []
        var classNames: [String] = []
        var isTest: [Bool] = []
        for (record, place) in zip(sorted, layout.places) {
            guard place != nil || context.isUnlabelled || list != nil else {
                context.warnings.add(.noClassFolder, at: record.path)
                continue
            }
            records.append(record)
            classNames.append(place?.className ?? "")
            isTest.append(place?.isTest ?? layout.isTest(record.path))
        }
        guard !records.isEmpty else {
            throw .noClassFolders(first: sorted.prefix(3).map(\.path), splits: layout.splits)
        }
        let labels: LabelColumn
        if let list {
            var listed = TableLabels(context.options.nothing)
            for (record, isTest) in zip(records, isTest) {
                listed.add(list.labels[record.path] ?? "", isTest: isTest, at: record.path)
            }
            labels = try listed.column(context)
        } else {
            labels = try LabelColumn(
                .strings(classNames),
                limits: context.limits,
                warnings: &context.warnings,
                place: { records[$0].path }
            )
        }
        for record in records {
            if let damage = record.damage { context.warnings.add(.damagedImage, at: "\(record.path): \(damage)") }
        }
        let rows = SpooledImageRows(records, pictures.spool, limit: context.reducedSize, warnings: &context.warnings)
        let byArea = records.sorted { $0.height * $0.width < $1.height * $1.width }
        return ParsedDataset(
            format: name,
            examples: .images(rows),
            labels: labels,
            isTest: isTest,
            sources: records.map(\.path),
            ids: nil,
            pictures: ParsedPictures(
                ranges: records.map(\.picture),
                digests: records.map(\.digest),
                smallest: [byArea[0].height, byArea[0].width],
                largest: [byArea[byArea.count - 1].height, byArea[byArea.count - 1].width],
                file: pictures.file,
                sizes: records.map { [$0.pictureSize.height, $0.pictureSize.width] },
                previews: ParsedPictures.Previews(ranges: records.map(\.preview), file: pictures.previews)
            )
        )
    }
}
