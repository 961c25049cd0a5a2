import Arrays
import Files

/// A file that holds something of each row somewhere, and an array N x 2 u64 that says from where to where: rows may share a
/// file with another dataset, and stand in it in any order.
struct RangedFile: Sendable {
    private let ranges: MappedArray<UInt64>
    /// The file itself.
    let file: FileReader

    init(_ name: String, ranges: String, in directory: String, count: Int, files: Files) throws(IngestError) {
        (self.ranges, file) = try IngestError.translating {
            (
                try MappedArray<UInt64>(path: "\(directory)/\(ranges)", shape: [count, 2]),
                try files.openForReading("\(directory)/\(name)")
            )
        }
    }

    /// The texts of a dataset.
    init(texts directory: String, count: Int, files: Files) throws(IngestError) {
        try self.init(DatasetFile.texts, ranges: DatasetFile.textRanges, in: directory, count: count, files: files)
    }

    var path: String { file.path }

    /// Where that of a row lies.
    func range(_ row: Int) throws(IngestError) -> Range<Int> {
        guard let start = Int(exactly: ranges[2 * row]), let end = Int(exactly: ranges[2 * row + 1]),
            start <= end, end <= file.size
        else { throw .damagedDataset(path: file.path, reason: "the place of row \(row) does not fit") }
        return start..<end
    }

    /// The bytes of a row; the first `limit` of them where that is less.
    func bytes(_ row: Int, limit: Int = .max) throws(IngestError) -> [UInt8] {
        let range = try range(row).prefix(limit)
        let bytes = try IngestError.translating { try file.read(at: range.lowerBound, count: range.count) }
        guard bytes.count == range.count else { throw .damagedDataset(path: file.path, reason: "it ends early") }
        return bytes
    }
}
