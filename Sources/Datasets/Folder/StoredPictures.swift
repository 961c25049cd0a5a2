import Arrays
import Files

/// `pictures.bin` and `previews.bin`, read one picture at a time. Nothing is decoded.
struct StoredPictures: Sendable {
    private let ranges: MappedArray<UInt64>
    private let file: FileReader
    /// Nil where all pictures are PNG, as they were before other files were kept.
    private let sizes: MappedArray<Int32>?
    private let previews: (ranges: MappedArray<UInt64>, file: FileReader)?

    init(directory: String, count: Int, manifest: DatasetManifest, files: Files) throws(IngestError) {
        func has(_ name: String) -> Bool { manifest.files[name] != nil }
        (ranges, file, sizes, previews) = try IngestError.translating {
            (
                try MappedArray<UInt64>(path: "\(directory)/\(DatasetFile.pictureRanges)", shape: [count, 2]),
                try files.openForReading("\(directory)/\(DatasetFile.pictures)"),
                has(DatasetFile.pictureSizes)
                    ? try MappedArray<Int32>(path: "\(directory)/\(DatasetFile.pictureSizes)", shape: [count, 2]) : nil,
                has(DatasetFile.previews)
                    ? (
                        ranges: try MappedArray<UInt64>(
                            path: "\(directory)/\(DatasetFile.previewRanges)",
                            shape: [count, 2]
                        ),
                        file: try files.openForReading("\(directory)/\(DatasetFile.previews)")
                    ) : nil
            )
        }
    }

    /// The file of a row: a PNG or a JPEG.
    func file(_ row: Int) throws(IngestError) -> [UInt8] {
        let range = try range(row)
        return try read(range, of: file)
    }

    /// A smaller file of a row for lists; nil where the picture itself is small.
    func preview(_ row: Int) throws(IngestError) -> [UInt8]? {
        guard let previews else { return nil }
        let range = try Self.range(row, in: previews.ranges, of: previews.file)
        return range.isEmpty ? nil : try read(range, of: previews.file)
    }

    func size(_ row: Int) throws(IngestError) -> (height: Int, width: Int) {
        if let sizes { return (Int(sizes[2 * row]), Int(sizes[2 * row + 1])) }
        let range = try range(row)
        let header = try read(range.prefix(33), of: file)
        do {
            return try PNGDecoder.size(of: header)
        } catch {
            throw .damagedDataset(path: file.path, reason: "row \(row) is no PNG")
        }
    }

    func range(_ row: Int) throws(IngestError) -> Range<Int> { try Self.range(row, in: ranges, of: file) }

    /// Where the preview of a row lies; nil where the dataset has none.
    func previewRange(_ row: Int) throws(IngestError) -> Range<Int>? {
        guard let previews else { return nil }
        return try Self.range(row, in: previews.ranges, of: previews.file)
    }

    private static func range(
        _ row: Int,
        in ranges: MappedArray<UInt64>,
        of file: FileReader
    ) throws(IngestError) -> Range<Int> {
        guard let start = Int(exactly: ranges[2 * row]), let end = Int(exactly: ranges[2 * row + 1]),
            start <= end, end <= file.size
        else { throw .damagedDataset(path: file.path, reason: "the place of row \(row) does not fit") }
        return start..<end
    }

    private func read(_ range: Range<Int>, of file: FileReader) throws(IngestError) -> [UInt8] {
        let bytes = try IngestError.translating { try file.read(at: range.lowerBound, count: range.count) }
        guard bytes.count == range.count else { throw .damagedDataset(path: file.path, reason: "it ends early") }
        return bytes
    }
}
