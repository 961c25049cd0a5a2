internal import CKernels

/// Squared distances of many pairs of long rows, a slice of the columns of all of them at a time.
///
/// One after the other, each pair would fetch two rows from memory, tens of kilobytes each, though most of them belong
/// to other pairs too. A slice of some thousand rows stays in the processor's cache until all pairs had it.
public struct PairDistances {
    /// Columns at a time.
    static let slice = Int(CK_DISTANCE_SLICE)

    /// Rows of up to so many floats, 4 KiB, are in the cache as a whole.
    private static let narrow = 1024
    /// Pairs for each row below which slices cost more than they spare.
    private static let fewestPairsPerRow = 4

    private let width: Int
    /// Every row once; never nil, but C has it so.
    private var rows: [UnsafePointer<Float>?] = []
    /// By position, the place of its row plus one; 0 where it has none.
    private var places: [UInt32]
    /// By place.
    private var positions: [Int] = []
    /// The place of a row, and where its pairs end.
    private var runs: [(row: UInt32, end: Int)] = []
    /// By pair, the place of the other row.
    private var others: [UInt32] = []
    private var sums: [Double] = []

    /// - Parameters:
    ///   - width: floats of a row
    ///   - positions: how many rows there are in all
    public init(width: Int, positions: Int) {
        self.width = width
        places = Array(repeating: 0, count: positions)
    }

    /// Pairs so far.
    public var count: Int { others.count }

    /// Forgets all pairs.
    public mutating func removeAll() {
        for position in positions { places[position] = 0 }
        positions.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        others.removeAll(keepingCapacity: true)
    }

    /// Adds the pairs of one row and others. The rows must stay where they are until the distances are computed.
    ///
    /// - Parameters:
    ///   - position: of the row
    ///   - partners: positions of the others
    ///   - row: where the row of a partner is
    public mutating func append(
        _ position: Int,
        at start: UnsafePointer<Float>,
        _ partners: some Sequence<Int>,
        _ row: (Int) -> UnsafePointer<Float>
    ) {
        let place = place(of: position) { start }
        for partner in partners { others.append(self.place(of: partner) { row(partner) }) }
        runs.append((place, others.count))
    }

    private mutating func place(of position: Int, _ row: () -> UnsafePointer<Float>) -> UInt32 {
        if places[position] == 0 {
            rows.append(row())
            positions.append(position)
            places[position] = UInt32(rows.count)
        }
        return places[position] - 1
    }

    /// The distances of all pairs in the order in which they came, as `SquaredDistance.between` has them, to the bit.
    public mutating func exact() throws(ComputeError) -> [Double] {
        try compute(isExact: true)
        return sums
    }

    /// Two numbers for each pair between which its distance lies, as `SquaredDistance.bounds`.
    public mutating func bounds() throws(ComputeError) -> [(lower: Double, upper: Double)] {
        try compute(isExact: false)
        return sums.map { SquaredDistance.bounds(around: $0, width: width) }
    }

    private mutating func compute(isExact: Bool) throws(ComputeError) {
        sums.removeAll(keepingCapacity: true)
        sums.append(contentsOf: repeatElement(0, count: others.count))
        guard SquaredDistance.hasKernel, width > PairDistances.narrow,
            others.count >= PairDistances.fewestPairsPerRow * rows.count
        else {
            var pair = 0
            for (row, end) in runs {
                while pair < end {
                    let (a, b) = (rows[Int(row)]!, rows[Int(others[pair])]!)
                    sums[pair] =
                        isExact
                        ? SquaredDistance.between(a, b, width: width) : SquaredDistance.single(a, b, width: width)
                    pair += 1
                }
            }
            return
        }
        let slices = try FloatMemory(count: rows.count * PairDistances.slice)
        let add = isExact ? ck_add_slices : ck_add_slices_bounded
        others.withUnsafeBufferPointer { others in
            sums.withUnsafeMutableBufferPointer { sums in
                for first in stride(from: 0, to: width, by: PairDistances.slice) {
                    let columns = min(PairDistances.slice, width - first)
                    ck_gather_slices(rows, rows.count, first, columns, slices.start)
                    var start = 0
                    for (row, end) in runs where end > start {
                        add(
                            slices.start,
                            columns,
                            row,
                            others.baseAddress! + start,
                            end - start,
                            sums.baseAddress! + start
                        )
                        start = end
                    }
                }
            }
        }
    }
}
