import Arrays
import Files

/// `pictures.bin` and `previews.bin`, read one picture at a time. Nothing is decoded.
struct StoredPictures: Sendable {
    private let pictures: RangedFile
    /// Nil where all pictures are PNG, as they were before other files were kept.
    private let sizes: MappedArray<Int32>?
    private let previews: RangedFile?

    init(directory: String, count: Int, manifest: DatasetManifest, files: Files) throws(IngestError) {
        func has(_ name: String) -> Bool { manifest.files[name] != nil }
        func open(_ name: String, _ ranges: String) throws(IngestError) -> RangedFile {
            try RangedFile(name, ranges: ranges, in: directory, count: count, files: files)
        }
        pictures = try open(DatasetFile.pictures, DatasetFile.pictureRanges)
        previews = has(DatasetFile.previews) ? try open(DatasetFile.previews, DatasetFile.previewRanges) : nil
        sizes = try IngestError.translating {
            has(DatasetFile.pictureSizes)
                ? try MappedArray<Int32>(path: "\(directory)/\(DatasetFile.pictureSizes)", shape: [count, 2]) : nil
        }
    }

    /// The file of a row: a PNG or a JPEG.
    func file(_ row: Int) throws(IngestError) -> [UInt8] { try pictures.bytes(row) }

    /// A smaller file of a row for lists; nil where the picture itself is small.
    func preview(_ row: Int) throws(IngestError) -> [UInt8]? {
        let bytes = try previews?.bytes(row)
        return bytes?.isEmpty == true ? nil : bytes
    }

    func size(_ row: Int) throws(IngestError) -> (height: Int, width: Int) {
        if let sizes { return (Int(sizes[2 * row]), Int(sizes[2 * row + 1])) }
        let header = try pictures.bytes(row, limit: 33)
        do {
            return try PNGDecoder.size(of: header)
        } catch {
            throw .damagedDataset(path: pictures.path, reason: "row \(row) is no PNG")
        }
    }

    func range(_ row: Int) throws(IngestError) -> Range<Int> { try pictures.range(row) }

    /// Where the preview of a row lies; nil where the dataset has none.
    func previewRange(_ row: Int) throws(IngestError) -> Range<Int>? { try previews?.range(row) }
}
