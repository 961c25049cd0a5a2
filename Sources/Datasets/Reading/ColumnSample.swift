/// The cells of some thousand rows, evenly spread over a table, as numbers that are equal where the cells are: enough to
/// measure what one column says of another.
struct ColumnSample {
    /// Rows kept at most: fewer in wide tables, so that the sample stays below 32 MiB.
    private let capacity: Int
    private var stride = 1
    private var next = 0
    private var rows = 0
    /// One list a column, of equal lengths; 0 is a missing value.
    private(set) var codes: [[UInt64]]

    init(columns: Int) {
        capacity = max(512, min(16_384, (1 << 22) / max(1, columns)))
        codes = [[UInt64]](repeating: [], count: columns)
    }

    /// Takes the next row, where it is wanted.
    mutating func add(_ record: TableRecord, missing: CellNumber.Missing) throws(IngestError) {
        defer { rows += 1 }
        guard rows == next else { return }
        let kept = codes.first?.count ?? 0
        // Columns of JSON appear where a record has them.
        while codes.count < record.count { codes.append([UInt64](repeating: 0, count: kept)) }
        for column in codes.indices {
            codes[column].append(
                try record.withCell(column) { (cell) throws(IngestError) in missing.holds(cell) ? 0 : Self.hash(cell) }
            )
        }
        next += stride
        guard kept + 1 >= capacity else { return }
        // Every second row goes, and from now on only every second one comes.
        for column in codes.indices {
            codes[column] = Swift.stride(from: 0, to: codes[column].count, by: 2).map { codes[column][$0] }
        }
        stride *= 2
        next = (codes.first?.count ?? 0) * stride
    }

    /// Gives columns that no record has a code too.
    mutating func widen(to columns: Int) {
        let kept = codes.first?.count ?? 0
        while codes.count < columns { codes.append([UInt64](repeating: 0, count: kept)) }
    }

    /// Distinct values of a column, and the rows that have one.
    func distinct(_ column: Int) -> (values: Int, rows: Int) {
        let filled = codes[column].filter { $0 != 0 }
        return (Set(filled).count, filled.count)
    }

    /// Share of the commonest value among the rows that have one.
    func commonest(_ column: Int) -> Double {
        var counts: [UInt64: Int] = [:]
        for code in codes[column] where code != 0 { counts[code, default: 0] += 1 }
        return Double(counts.values.max() ?? 0) / Double(max(1, counts.values.reduce(0, +)))
    }

    /// FNV-1a; never 0.
    private static func hash(_ cell: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in cell { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash | 1
    }
}
