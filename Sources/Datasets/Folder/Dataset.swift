import Arrays
public import Files
import Foundation

/// A dataset folder, opened for reading: arrays are mapped, everything else is read where it is asked for. Nothing is
/// parsed, so a server may do it. Rows are 0..<`manifest.numExamples`; any other row is a programming error.
public final class Dataset: Sendable {
    /// The folder.
    public let directory: String
    /// What the folder says of itself.
    public let manifest: DatasetManifest

    private let examples: Examples
    private let labels: MappedArray<Int32>
    private let splits: MappedArray<UInt8>
    private let duplicates: MappedArray<Int32>
    private let sources: StringTable
    private let ids: StringTable?
    private let pictures: StoredPictures?
    private let texts: RangedFile?

    private enum Examples: Sendable {
        case images(MappedArray<UInt8>)
        case features(MappedArray<Float>)
    }

    /// The largest picture that `picture` makes of an example, and the largest that is kept of one that was sent.
    public static let largestPicture = 1024
    /// The longer side of a preview.
    static let previewSide = 256

    /// Opens a folder and checks that the arrays have the shapes that the manifest states.
    public init(directory: String, files: Files = .live) throws(IngestError) {
        self.directory = directory
        let manifest = try Self.manifest(of: directory, files: files)
        self.manifest = manifest
        let count = manifest.numExamples
        func path(_ name: String) -> String { "\(directory)/\(name)" }
        let shape: [Int?] = [count] + manifest.shape
        (examples, labels, splits, duplicates) = try IngestError.translating {
            (
                manifest.kind == .images
                    ? .images(try MappedArray(path: path(DatasetFile.examples), shape: shape))
                    : .features(try MappedArray(path: path(DatasetFile.examples), shape: shape)),
                try MappedArray(path: path(DatasetFile.labels), shape: [count]),
                try MappedArray(path: path(DatasetFile.split), shape: [count]),
                try MappedArray(path: path(DatasetFile.duplicates), shape: [count])
            )
        }
        sources = try StringTable(name: DatasetFile.sources, in: directory, count: count, files: files)
        ids =
            manifest.hasIDs
            ? try StringTable(name: DatasetFile.ids, in: directory, count: count, files: files) : nil
        pictures =
            manifest.hasPictures
            ? try StoredPictures(directory: directory, count: count, manifest: manifest, files: files) : nil
        texts =
            manifest.texts == nil
            ? nil
            : try RangedFile(texts: directory, count: count, files: files)
    }

    /// The manifest alone.
    public static func manifest(of directory: String, files: Files = .live) throws(IngestError) -> DatasetManifest {
        let path = "\(directory)/\(DatasetFile.manifest)"
        let json = try IngestError.translating { try files.read(path) }
        let manifest: DatasetManifest
        do {
            manifest = try JSONDecoder().decode(DatasetManifest.self, from: Data(json))
        } catch {
            throw .damagedDataset(path: path, reason: "it is not a manifest")
        }
        guard manifest.manifestVersion == DatasetManifest.currentVersion else {
            throw .damagedDataset(
                path: path,
                reason: "it has version \(manifest.manifestVersion), not \(DatasetManifest.currentVersion)"
            )
        }
        return manifest
    }

    /// N.
    public var count: Int { manifest.numExamples }

    // MARK: One row

    /// The class code; nil where the label is missing.
    public func label(_ row: Int) -> Int? {
        let code = labels[row]
        return code < 0 ? nil : Int(code)
    }

    /// The class name; nil where the label is missing.
    public func labelName(_ row: Int) -> String? { label(row).map { manifest.classes[$0] } }

    /// The dataset's own split.
    public func split(_ row: Int) -> DatasetSplit { splits[row] == 0 ? .train : .test }

    /// The first row with the same input: `row` itself where there is none before it.
    public func duplicateOf(_ row: Int) -> Int { Int(duplicates[row]) }

    /// Where the example came from.
    public func source(_ row: Int) throws(IngestError) -> String { try sources.strings(row..<row + 1)[0] }

    /// The sender's name of the example, where the dataset has ids.
    public func id(_ row: Int) throws(IngestError) -> String? { try ids?.strings(row..<row + 1)[0] }

    /// The text of a row as it was sent, columns below each other; nil where the dataset has none.
    ///
    /// - Parameter limit: bytes that are read of it at most
    public func text(_ row: Int, limit: Int = .max) throws(IngestError) -> String? {
        guard let bytes = try texts?.bytes(row, limit: limit) else { return nil }
        var text = String(decoding: bytes, as: UTF8.self)
        // What is left of a character that the limit cuts in two.
        if bytes.count == limit { while text.last == "\u{FFFD}" { text.removeLast() } }
        return text
    }

    /// Bytes of a row's text; nil where the dataset has none.
    public func textBytes(_ row: Int) throws(IngestError) -> Int? { try texts?.range(row).count }

    /// The values of a row of features; nil for images.
    public func features(_ row: Int) -> [Float]? {
        guard case .features(let array) = examples else { return nil }
        let columns = manifest.shape[0]
        return array.withUnsafeBufferPointer { Array($0[row * columns..<(row + 1) * columns]) }
    }

    /// Gives the bytes of an image; nothing happens for features.
    func withPixels(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        guard case .images(let array) = examples else { return }
        let count = manifest.shape.reduce(1, *)
        try array.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[row * count..<(row + 1) * count]))
        }
    }

    // MARK: Many rows

    /// The sources of consecutive rows, by one read.
    public func sources(_ rows: Range<Int>) throws(IngestError) -> [String] { try sources.strings(rows) }

    /// The ids of consecutive rows, by one read; nil where the dataset has none.
    public func ids(_ rows: Range<Int>) throws(IngestError) -> [String]? { try ids?.strings(rows) }

    /// All class codes, -1 where missing.
    public func labelCodes() -> [Int32] { labels.array().values }

    // MARK: Pictures

    /// A file that shows an example.
    public struct Picture: Sendable {
        /// The file.
        public var bytes: [UInt8]
        /// `image/png` or `image/jpeg`.
        public var mediaType: String

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            mediaType = (ImageDecoder.kind(of: bytes) ?? .png).mediaType
        }
    }

    /// The picture of a row: as it was sent (at most 1024 pixels a side), or a PNG made of the example where the dataset came as
    /// arrays.
    ///
    /// - Parameter size: pixels of the longer side that are enough: of a picture that was sent the preview may do; an example is
    ///   enlarged by the largest whole number that fits, at least 1, within `largestPicture`.
    public func picture(_ row: Int, size: Int? = nil) throws(IngestError) -> Picture {
        if let pictures {
            if let size, size <= Self.previewSide, let preview = try pictures.preview(row) { return Picture(preview) }
            return Picture(try pictures.file(row))
        }
        return Picture(try enlargedPNG(row, size: size))
    }

    /// A small picture of a row: of the example as networks see it, or the picture as it was sent where they see none.
    ///
    /// - Parameter size: as that of `picture`
    public func thumbnail(_ row: Int, size: Int? = nil) throws(IngestError) -> Picture {
        guard manifest.kind == .images else { return try picture(row, size: size) }
        return Picture(try enlargedPNG(row, size: size))
    }

    private func enlargedPNG(_ row: Int, size: Int?) throws(IngestError) -> [UInt8] {
        guard case .images(let array) = examples else { throw .noPicture(row: row) }
        let shape = ImageShape(height: manifest.shape[0], width: manifest.shape[1], channels: manifest.shape[2])
        let example = array.withUnsafeBufferPointer { Array($0[row * shape.count..<(row + 1) * shape.count]) }
        let raster = Raster(height: shape.height, width: shape.width, channels: shape.channels, pixels: example)
        return PNGEncoder.encode(raster.enlarged(enlargement(size)))
    }

    /// The pixels of what `picture` gives, not enlarged.
    package func raster(_ row: Int) throws(IngestError) -> Raster {
        if let pictures {
            let file = try pictures.file(row)
            do {
                return try ImageDecoder(maxPixels: Self.largestPicture * Self.largestPicture).decode(file).raster
            } catch {
                throw .damagedDataset(path: directory, reason: "the picture of row \(row): \(error)")
            }
        }
        guard case .images(let array) = examples else { throw .noPicture(row: row) }
        let (height, width, channels) = (manifest.shape[0], manifest.shape[1], manifest.shape[2])
        let count = height * width * channels
        let pixels = array.withUnsafeBufferPointer { Array($0[row * count..<(row + 1) * count]) }
        return Raster(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// Height and width of what `picture` gives.
    public func pictureSize(_ row: Int, size: Int? = nil) throws(IngestError) -> (height: Int, width: Int) {
        if let pictures { return try pictures.size(row) }
        guard manifest.kind == .images else { throw .noPicture(row: row) }
        let factor = enlargement(size)
        return (manifest.shape[0] * factor, manifest.shape[1] * factor)
    }

    private func enlargement(_ size: Int?) -> Int {
        max(1, min(size ?? 0, Self.largestPicture) / max(manifest.shape[0], manifest.shape[1]))
    }

    /// The path of a sprite sheet; nil where there is none of this number.
    public func thumbnailSheetPath(_ sheet: Int) -> String? {
        guard let thumbnails = manifest.thumbnails, (0..<thumbnails.sheets).contains(sheet) else { return nil }
        return "\(directory)/\(DatasetFile.sheet(sheet, thumbnails.format ?? .png))"
    }
}

/// The dataset's own split of an example.
public enum DatasetSplit: String, Sendable, Codable {
    /// Trained on (unless held out by a member).
    case train
    /// Never trained on.
    case test
}
