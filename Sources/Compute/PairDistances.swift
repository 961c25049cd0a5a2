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
    /// Each row that was added, once for each time, with the pairs that it came with; none is without.
    public private(set) var runs: [(position: Int, pairs: Range<Int>)] = []
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

    /// The positions of the other rows of some pairs.
    public func partners(of pairs: Range<Int>) -> [Int] { others[pairs].map { positions[Int($0)] } }

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
    ///   - start: where it is
    ///   - partners: positions of the others; an array, since a sequence of another module's would be walked unspecialised
    ///   - row: where the row of a partner is
    public mutating func append(
        _ position: Int,
        at start: UnsafePointer<Float>,
        _ partners: [Int],
        _ row: (Int) -> UnsafePointer<Float>
    ) {
        let first = count
        for partner in partners { others.append(place(of: partner) { row(partner) }) }
        guard count > first else { return }
        _ = place(of: position) { start }
        runs.append((position, first..<count))
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

    /// Two numbers for each pair between which its distance lies, from float32 arithmetic at a fraction of the time.
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
            let distance = isExact ? SquaredDistance.between : SquaredDistance.single
            for (position, pairs) in runs {
                let row = rows[Int(places[position] - 1)]!
                for pair in pairs { sums[pair] = distance(row, rows[Int(others[pair])]!, width) }
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
                    for (position, pairs) in runs {
                        add(
                            slices.start,
                            columns,
                            places[position] - 1,
                            others.baseAddress! + pairs.lowerBound,
                            pairs.count,
                            sums.baseAddress! + pairs.lowerBound
                        )
                    }
                }
            }
        }
    }
}
