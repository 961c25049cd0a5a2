import Arrays
import Files

/// `pictures.bin`, read one picture at a time.
struct StoredPictures: Sendable {
    private let ranges: MappedArray<UInt64>
    private let file: FileReader

    init(directory: String, count: Int, files: Files) throws(IngestError) {
        (ranges, file) = try IngestError.translating {
            (
                try MappedArray<UInt64>(path: "\(directory)/\(DatasetFile.pictureRanges)", shape: [count, 2]),
                try files.openForReading("\(directory)/\(DatasetFile.pictures)")
            )
        }
    }

    func png(_ row: Int) throws(IngestError) -> [UInt8] {
        let range = try range(row)
        return try read(range)
    }

    func size(_ row: Int) throws(IngestError) -> (height: Int, width: Int) {
        let range = try range(row)
        let header = try read(range.prefix(33))
        do {
            return try PNGDecoder.size(of: header)
        } catch {
            throw damage("row \(row) is no PNG")
        }
    }

    func range(_ row: Int) throws(IngestError) -> Range<Int> {
        guard let start = Int(exactly: ranges[2 * row]), let end = Int(exactly: ranges[2 * row + 1]),
            start <= end, end <= file.size
        else { throw damage("the place of row \(row) does not fit") }
        return start..<end
    }

    private func read(_ range: Range<Int>) throws(IngestError) -> [UInt8] {
        let bytes = try IngestError.translating { try file.read(at: range.lowerBound, count: range.count) }
        guard bytes.count == range.count else { throw damage("it ends early") }
        return bytes
    }

    private func damage(_ reason: String) -> IngestError { .damagedDataset(path: file.path, reason: reason) }
}
