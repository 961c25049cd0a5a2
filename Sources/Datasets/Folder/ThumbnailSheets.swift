import Arrays
import Dispatch
import Files
import Synchronization

/// Sprite sheets of small pictures: the browser loads a thousand at once.
struct ThumbnailSheets {
    static let tile = 32
    static let columns = 32
    static let rows = 32
    static var tilesPerSheet: Int { columns * rows }

    /// Sheets that are drawn together, on all cores.
    private static let batch = 4

    let examples: MappedArray<UInt8>
    let shape: ImageShape
    /// JPEG for colour pictures that a tile shows reduced (in its blocks of 16 pixels tiles do not touch); PNG for all others, whose
    /// pixels are shown as they are.
    var format = DatasetManifest.Thumbnails.Format.png

    private var count: Int { examples.count / shape.count }

    /// Writes all sheets.
    func write(
        to folder: String,
        files: Files,
        progress: (Double) -> Void
    ) throws(IngestError) -> (DatasetManifest.Thumbnails, files: [String: FileDigest]) {
        let sheets = (count + Self.tilesPerSheet - 1) / Self.tilesPerSheet
        var written: [String: FileDigest] = [:]
        try IngestError.translating {
            try files.createDirectory("\(folder)/\(DatasetFile.thumbnails)")
            for start in stride(from: 0, to: sheets, by: Self.batch) {
                let numbers = start..<min(start + Self.batch, sheets)
                let drawn = Mutex(
                    [Result<[UInt8], ImageError>](repeating: .failure(.outOfMemory), count: numbers.count)
                )
                DispatchQueue.concurrentPerform(iterations: numbers.count) { at in
                    let sheet = draw(numbers.lowerBound + at)
                    let result = Result { () throws(ImageError) in try encode(sheet) }
                    drawn.withLock { $0[at] = result }
                }
                for (number, result) in zip(numbers, drawn.withLock { $0 }) {
                    let name = DatasetFile.sheet(number, format)
                    written[name] = try files.write(result.get(), to: "\(folder)/\(name)")
                }
                progress(Double(numbers.upperBound) / Double(sheets))
            }
        }
        return (
            DatasetManifest.Thumbnails(
                tile: Self.tile,
                columns: Self.columns,
                rows: Self.rows,
                sheets: sheets,
                format: format == .png ? nil : format
            ), written
        )
    }

    private func encode(_ sheet: Raster) throws(ImageError) -> [UInt8] {
        format == .jpg ? try JPEGEncoder.encode(sheet) : PNGEncoder.encode(sheet)
    }

    /// One sheet. A picture larger than the tile is reduced by area averaging, a smaller one enlarged by a whole
    /// number; it stands in the middle of its tile.
    private func draw(_ sheet: Int) -> Raster {
        let (tile, channels) = (Self.tile, shape.channels)
        let width = Self.columns * tile
        var pixels = [UInt8](repeating: 0, count: width * Self.rows * tile * channels)
        let fitted = AreaAverage.fittedSize(height: shape.height, width: shape.width, within: tile)
        let factor = max(1, tile / max(fitted.height, fitted.width))
        let (top, left) = ((tile - fitted.height * factor) / 2, (tile - fitted.width * factor) / 2)
        let first = sheet * Self.tilesPerSheet
        for row in first..<min(first + Self.tilesPerSheet, count) {
            let example = examples.withUnsafeBufferPointer { Array($0[row * shape.count..<(row + 1) * shape.count]) }
            let picture = AreaAverage.reduce(
                Raster(height: shape.height, width: shape.width, channels: channels, pixels: example),
                height: fitted.height,
                width: fitted.width
            )
            let originY = (row - first) / Self.columns * tile + top
            let originX = (row - first) % Self.columns * tile + left
            for y in 0..<fitted.height * factor {
                for x in 0..<fitted.width * factor {
                    let from = (y / factor * fitted.width + x / factor) * channels
                    let to = ((originY + y) * width + originX + x) * channels
                    for channel in 0..<channels { pixels[to + channel] = picture.pixels[from + channel] }
                }
            }
        }
        return Raster(height: Self.rows * tile, width: width, channels: channels, pixels: pixels)
    }
}
