/// One record of a table: its cells as UTF-8 bytes, and the line on which it starts. The storage is used again for the
/// next record, so a reader of millions of them allocates nothing.
package struct TableRecord {
    /// The line of the file on which the record starts, from 1.
    package var line = 1
    /// The bytes of all cells.
    private(set) var bytes: [UInt8] = []
    /// Where each cell lies in `bytes`.
    private var bounds: [Range<Int>] = []

    package init() {}

    /// The number of cells.
    package var count: Int { bounds.count }

    /// A cell as text.
    package func text(_ cell: Int) -> String { String(decoding: bytes[bounds[cell]], as: UTF8.self) }

    /// All cells as text.
    package var texts: [String] { (0..<count).map(text) }

    /// The bytes of a cell; none where the record has no such cell.
    func withCell<Result>(
        _ cell: Int,
        _ body: (UnsafeBufferPointer<UInt8>) throws(IngestError) -> Result
    ) throws(IngestError) -> Result {
        guard cell < bounds.count else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
        let range = bounds[cell]
        // `withUnsafeBufferPointer` does not carry typed errors out, so they travel as a value.
        return try bytes.withUnsafeBufferPointer { all -> Swift.Result<Result, IngestError> in
            Swift.Result { () throws(IngestError) in try body(UnsafeBufferPointer(rebasing: all[range])) }
        }.get()
    }

    // MARK: Filling

    /// Bytes so far, of all cells.
    var size: Int { bytes.count }

    package mutating func clear(line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        bounds.removeAll(keepingCapacity: true)
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ piece: some Sequence<UInt8>) { bytes.append(contentsOf: piece) }

    /// Takes back what was appended beyond a size.
    mutating func truncate(to size: Int) { bytes.removeLast(bytes.count - size) }

    /// Makes the bytes from `start` to the end the next cell, without spaces around it where `trimmed`.
    mutating func endCell(from start: Int, trimmed: Bool) {
        var range = start..<bytes.count
        if trimmed {
            while let first = range.first, Self.isSpace(bytes[first]) { range.removeFirst() }
            while let last = range.last, Self.isSpace(bytes[last]) { range.removeLast() }
        }
        bounds.append(range)
    }

    /// Makes the bytes from `start` to the end the cell of a given number; cells before it that are not there yet are
    /// empty.
    mutating func setCell(_ cell: Int, from start: Int) {
        while bounds.count <= cell { bounds.append(start..<start) }
        bounds[cell] = start..<bytes.count
    }

    /// Adds empty cells up to a number of them.
    mutating func fill(to count: Int) {
        while bounds.count < count { bounds.append(bytes.count..<bytes.count) }
    }

    /// Drops the last cell where it is empty and there are more than `wanted`.
    mutating func dropEmptyTail(beyond wanted: Int) {
        if bounds.count == wanted + 1, bounds[wanted].isEmpty { bounds.removeLast() }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
