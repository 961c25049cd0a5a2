import Arrays
import Files

/// Many strings in two files: `<name>.bin` (UTF-8, one after another) and `<name>_offsets.npy` (N + 1 u64).
struct StringTable: Sendable {
    private let offsets: MappedArray<UInt64>
    private let bytes: FileReader

    /// Writes the strings under `<folder>/<name>...`.
    static func write(
        _ strings: [String],
        name: String,
        to folder: String,
        files: Files
    ) throws(IngestError) -> [String: FileDigest] {
        try IngestError.translating {
            let writer = try files.openForWriting("\(folder)/\(name).bin")
            var offsets: [UInt64] = [0]
            var pending: [UInt8] = []
            for string in strings {
                pending += Array(string.utf8)
                offsets.append(UInt64(writer.count + pending.count))
                if pending.count >= 1 << 18 {
                    try writer.write(pending)
                    pending.removeAll(keepingCapacity: true)
                }
            }
            try writer.write(pending)
            let offsetsFile = "\(name)_offsets.npy"
            return [
                "\(name).bin": try writer.finish(),
                offsetsFile: try NPY.write(
                    NDArray(shape: [offsets.count], values: offsets),
                    to: "\(folder)/\(offsetsFile)",
                    files: files
                ),
            ]
        }
    }

    /// Opens the table; it must have `count` strings.
    init(name: String, in folder: String, count: Int, files: Files) throws(IngestError) {
        let offsets: MappedArray<UInt64>
        (offsets, bytes) = try IngestError.translating {
            (
                try MappedArray<UInt64>(path: "\(folder)/\(name)_offsets.npy", shape: [count + 1]),
                try files.openForReading("\(folder)/\(name).bin")
            )
        }
        self.offsets = offsets
    }

    /// The strings of a range of rows, by one read.
    func strings(_ rows: Range<Int>) throws(IngestError) -> [String] {
        guard !rows.isEmpty else { return [] }
        let (start, end) = (offset(rows.lowerBound), offset(rows.upperBound))
        guard let start, let end, start <= end, end <= bytes.size else { throw damage("its offsets do not fit") }
        let content = try IngestError.translating { try bytes.read(at: start, count: end - start) }
        guard content.count == end - start else { throw damage("it ends early") }
        var strings: [String] = []
        strings.reserveCapacity(rows.count)
        var from = start
        for row in rows {
            guard let to = offset(row + 1), from <= to, to <= end else { throw damage("its offsets do not fit") }
            strings.append(String(decoding: content[from - start..<to - start], as: UTF8.self))
            from = to
        }
        return strings
    }

    private func offset(_ row: Int) -> Int? { Int(exactly: offsets[row]) }

    private func damage(_ reason: String) -> IngestError { .damagedDataset(path: bytes.path, reason: reason) }
}
