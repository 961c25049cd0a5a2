internal import CKernels
import Recipes

/// Squared distances of many pairs of long rows, a slice of the columns of all of them at a time.
///
/// One after the other, each pair would fetch two rows from memory, tens of kilobytes each, though most of them belong
/// to other pairs too. A slice of some thousand rows stays in the processor's cache until all pairs had it.
public struct PairDistances {
    /// Columns at a time.
    public static let slice = Int(CK_DISTANCE_SLICE)

    /// Rows of up to so many floats, 4 KiB, are in the cache as a whole.
    private static let narrow = 1024
    /// Pairs for each row below which slices cost more than they spare.
    private static let fewestPairsPerRow = 4

    let width: Int
    /// What the numbers of rows are.
    let precision: Precision
    /// Every row once; never nil, but C has it so.
    private(set) var rows: [UnsafeRawPointer?] = []
    /// By position, the place of its row plus one; 0 where it has none.
    private(set) var places: [UInt32]
    /// By place.
    private var positions: [Int] = []
    /// Each row that was added, once for each time, with the pairs that it came with; none is without.
    public private(set) var runs: [(position: Int, pairs: Range<Int>)] = []
    /// By pair, the place of the other row.
    private(set) var others: [UInt32] = []
    /// By pair.
    private(set) var sums: [Double] = []

    /// - Parameters:
    ///   - width: numbers of a row
    ///   - precision: what they are
    ///   - positions: how many rows there are in all
    public init(width: Int, precision: Precision = .f32, positions: Int) {
        self.width = width
        self.precision = precision
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
        at start: UnsafeRawPointer,
        _ partners: [Int],
        _ row: (Int) -> UnsafeRawPointer
    ) {
        let first = count
        for partner in partners { others.append(place(of: partner) { row(partner) }) }
        guard count > first else { return }
        _ = place(of: position) { start }
        runs.append((position, first..<count))
    }

    private mutating func place(of position: Int, _ row: () -> UnsafeRawPointer) -> UInt32 {
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

    /// Two numbers for each pair between which its distance lies, at a fraction of the time of the exact one.
    ///
    /// - Parameter precision: of the arithmetic: with bfloat16 they are farther apart, and found in a third of the time
    ///   that float32 takes; where `canRound` is false they are those of float32.
    public mutating func bounds(_ precision: Precision = .f32) throws(ComputeError) -> [(lower: Double, upper: Double)]
    {
        if precision == .bf16, canRound { return try roundedBounds() }
        try compute(isExact: false)
        return sums.map { SquaredDistance.bounds(around: $0, width: width) }
    }

    /// Whether bounds may come from bfloat16: where the processor multiplies it, rows are long and each is in several
    /// pairs.
    public var canRound: Bool { Precision.bf16.isNative && paysInSlices }

    /// Whether slices spare more than they cost.
    private var paysInSlices: Bool {
        width > PairDistances.narrow && others.count >= PairDistances.fewestPairsPerRow * rows.count
    }

    /// As many zeros as there are pairs.
    mutating func clearSums() {
        sums.removeAll(keepingCapacity: true)
        sums.append(contentsOf: repeatElement(0, count: others.count))
    }

    private mutating func compute(isExact: Bool) throws(ComputeError) {
        clearSums()
        guard SquaredDistance.hasKernel, paysInSlices else {
            for (position, pairs) in runs {
                let row = rows[Int(places[position] - 1)]!
                for pair in pairs {
                    let other = rows[Int(others[pair])]!
                    sums[pair] =
                        isExact
                        ? SquaredDistance.between(row, other, width: width, precision)
                        : SquaredDistance.single(row, other, width: width, precision)
                }
            }
            return
        }
        let rows = rows
        let isHalf: Int32 = precision == .bf16 ? 1 : 0
        let slices = try FloatMemory(count: rows.count * PairDistances.slice)
        let exact = SquaredDistance.hasWideKernel ? ck_add_slices_wide : ck_add_slices
        let add = isExact ? exact : ck_add_slices_bounded
        addSlices(of: PairDistances.slice) { first, columns in
            ck_gather_slices(isHalf, rows, rows.count, first, columns, slices.start)
        } add: { columns, row, others, pairs, sums in
            add(slices.start, columns, row, others, pairs, sums)
        }
    }

    /// Adds to `sums` what each slice of the columns contributes to each pair.
    ///
    /// - Parameters:
    ///   - gather: brings so many columns of every row, from one on, into the cache
    ///   - add: adds what they contribute to the sums of a row's pairs with others; rows by place
    mutating func addSlices(
        of size: Int,
        gather: (_ first: Int, _ columns: Int) -> Void,
        add: (_ columns: Int, _ row: UInt32, UnsafePointer<UInt32>, _ pairs: Int, UnsafeMutablePointer<Double>) -> Void
    ) {
        others.withUnsafeBufferPointer { others in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let others = others.baseAddress, let sums = sums.baseAddress else { return }
                for first in stride(from: 0, to: width, by: size) {
                    let columns = min(size, width - first)
                    gather(first, columns)
                    for (position, pairs) in runs {
                        let start = pairs.lowerBound
                        add(columns, places[position] - 1, others + start, pairs.count, sums + start)
                    }
                }
            }
        }
    }
}
