import Arrays
public import Files

/// Makes a new dataset of another one and a table of corrected labels: the same examples without the excluded ones.
///
/// Everything goes through the writer of uploads, so the digest is the one that an upload of the corrected data would
/// have. Pictures as they were sent are not written again: the manifest names the parent's file, which
/// `FolderSharing` links.
public struct DatasetVersion {
    private let parent: Dataset
    private let pictures: StoredPictures?
    private let texts: RangedFile?

    /// Opens all that will be read, so that a process may give up the right to open files before it reads foreign bytes.
    ///
    /// - Parameter parent: the folder of the dataset that is corrected
    public init(parent: String, files: Files = .live) throws(IngestError) {
        let parent = try Dataset(directory: parent, files: files)
        self.parent = parent
        pictures =
            parent.manifest.hasPictures
            ? try StoredPictures(
                directory: parent.directory,
                count: parent.count,
                manifest: parent.manifest,
                files: files
            ) : nil
        texts =
            parent.manifest.texts == nil
            ? nil : try RangedFile(texts: parent.directory, count: parent.count, files: files)
    }

    /// Writes the dataset folder, its manifest last.
    ///
    /// - Parameters:
    ///   - csv: the corrected labels; see `CorrectionTable`
    ///   - output: an existing, empty folder
    ///   - progress: gets the share of the work done
    /// - Throws: `IngestError.badCorrections` with the lines that are wrong; what makes the result useless as a dataset
    public func write(
        correctedBy csv: [UInt8],
        to output: String,
        files: Files = .live,
        progress: @escaping (Double) -> Void = { _ in }
    ) throws(IngestError) -> DatasetManifest {
        let context = IngestContext(options: IngestOptions(), output: output, files: files, report: progress)
        let table = try CorrectionTable(csv, for: parent)
        let manifest = parent.manifest
        let rows = (0..<parent.count).filter { !table.isExcluded[$0] }
        guard !rows.isEmpty else { throw .tooFew(got: 0, needed: context.limits.minimumExamples) }
        context.corrections = DatasetManifest.Corrections(
            parentDigest: manifest.digest,
            labelsChanged: table.labelsChanged,
            examplesExcluded: table.examplesExcluded
        )
        // What was found while the upload was read is still true; what the labels decide is found anew.
        let found = Set(DatasetFolderWriter.warnings.map(\.rawValue))
        context.reading = manifest.reading ?? Reading()
        context.inherited = manifest.warnings.filter { !found.contains($0.code) }

        let sources = try parent.sources(0..<parent.count)
        let ids = try parent.ids(0..<parent.count)
        let parsed = ParsedDataset(
            format: manifest.format,
            examples: examples(rows),
            labels: LabelColumn(codes: rows.map { table.labels[$0] }, classes: manifest.classes),
            isTest: rows.map { parent.split($0) == .test },
            sources: rows.map { sources[$0] },
            ids: ids.map { ids in rows.map { ids[$0] } },
            pictures: try parsedPictures(rows, context),
            texts: try parsedTexts(rows),
            columns: manifest.featureNames.map { names in
                FeatureColumns(names: names, deviations: manifest.fixedDeviations ?? names.map { _ in nil })
            },
            isEmbedding: parent.manifest.isEmbedding == true
        )
        return try DatasetFolderWriter(parsed, context).write()
    }

    private func examples(_ rows: [Int]) -> ParsedExamples {
        let shape = parent.manifest.shape
        switch parent.manifest.kind {
        case .images:
            return .images(
                KeptRows(
                    shape: ImageShape(height: shape[0], width: shape[1], channels: shape[2]),
                    dataset: parent,
                    rows: rows
                )
            )
        case .features:
            return .features(columns: shape[0], values: rows.flatMap { parent.features($0) ?? [] })
        }
    }

    private func parsedTexts(_ rows: [Int]) throws(IngestError) -> ParsedTexts? {
        guard let texts, let about = parent.manifest.texts, let file = parent.manifest.files[DatasetFile.texts] else {
            return nil
        }
        var ranges: [Range<Int>] = []
        for row in rows { ranges.append(try texts.range(row)) }
        return ParsedTexts(about: about, ranges: ranges, file: file, reader: texts.file)
    }

    private func parsedPictures(_ rows: [Int], _ context: IngestContext) throws(IngestError) -> ParsedPictures? {
        guard let pictures, let sizes = parent.manifest.originalSizes,
            let file = parent.manifest.files[DatasetFile.pictures]
        else { return nil }
        var ranges: [Range<Int>] = []
        var digests: [String] = []
        var shown: [[Int]] = []
        var previews: [Range<Int>] = []
        for (done, row) in rows.enumerated() {
            ranges.append(try pictures.range(row))
            let raster: Raster
            do {
                raster = try ImageDecoder(maxPixels: context.limits.picturePixels).decode(try pictures.file(row)).raster
            } catch {
                throw .damagedDataset(path: DatasetFile.pictures, reason: "row \(row) cannot be decoded")
            }
            digests.append(raster.digest)
            let size = try pictures.size(row)
            shown.append([size.height, size.width])
            if let preview = try pictures.previewRange(row) { previews.append(preview) }
            if done % 256 == 0 { context.readProgress(Double(done) / Double(rows.count)) }
        }
        return ParsedPictures(
            ranges: ranges,
            digests: digests,
            smallest: sizes.smallest,
            largest: sizes.largest,
            file: file,
            sizes: parent.manifest.files[DatasetFile.pictureSizes] == nil ? nil : shown,
            previews: parent.manifest.files[DatasetFile.previews].map {
                ParsedPictures.Previews(ranges: previews, file: $0)
            }
        )
    }
}

/// The examples of a stored dataset that are kept.
private struct KeptRows: ImageRows {
    var shape: ImageShape
    var dataset: Dataset
    var rows: [Int]

    func withRow(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        try dataset.withPixels(rows[row], body)
    }
}
