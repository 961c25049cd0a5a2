/// For each query the references that are nearest by approximate distance, nearest first, as many as `capacity`.
final class CandidateLists {
    /// One reference in a list.
    struct Entry {
        /// Approximate squared distance.
        var distance: Float
        /// Position of the reference.
        var reference: UInt32
        /// Exact squared distance; NaN where it was not needed so far.
        var exact: Double
    }

    let capacity: Int
    /// queries x capacity.
    private let entries: UnsafeMutablePointer<Entry>
    private let counts: UnsafeMutablePointer<Int32>
    /// For each query the distance that a new entry must stay below: infinite until its list is full. May be read
    /// `slack` places beyond the last query.
    let cuts: UnsafeMutablePointer<Float>

    init(queries: Int, capacity: Int, slack: Int) {
        self.capacity = capacity
        entries = .allocate(capacity: queries * capacity)
        entries.initialize(
            repeating: Entry(distance: .infinity, reference: 0, exact: .nan),
            count: queries * capacity
        )
        counts = .allocate(capacity: queries)
        counts.initialize(repeating: 0, count: queries)
        cuts = .allocate(capacity: queries + slack)
        cuts.initialize(repeating: .infinity, count: queries + slack)
    }

    deinit {
        entries.deallocate()
        counts.deallocate()
        cuts.deallocate()
    }

    /// The entries of one query, nearest first.
    func list(of query: Int) -> UnsafeMutableBufferPointer<Entry> {
        UnsafeMutableBufferPointer(start: entries + query * capacity, count: Int(counts[query]))
    }

    /// Keeps a reference whose approximate distance is below the cut; the farthest of a full list drops out.
    func insert(_ reference: Int, distance: Float, query: Int) {
        let start = entries + query * capacity
        var place = min(Int(counts[query]), capacity - 1)
        while place > 0, start[place - 1].distance > distance {
            start[place] = start[place - 1]
            place -= 1
        }
        start[place] = Entry(distance: distance, reference: UInt32(reference), exact: .nan)
        if counts[query] < capacity { counts[query] += 1 }
        if counts[query] == capacity { cuts[query] = start[capacity - 1].distance }
    }

    /// Offers all pairs of a tile of distances to the lists of its rows and, where `bothWays`, to those of its columns.
    ///
    /// - Parameters:
    ///   - rows, columns: positions of the blocks; a pair of equal positions is an example and itself, and is left out.
    ///   - stride: floats from one row of the tile to the next, a multiple of 16; infinite where there is no column.
    func offer(_ tile: UnsafePointer<Float>, stride: Int, rows: Range<Int>, columns: Range<Int>, bothWays: Bool) {
        let columnCuts = UnsafeRawPointer(cuts + columns.lowerBound)
        for row in rows {
            let line = UnsafeRawPointer(tile + (row - rows.lowerBound) * stride)
            var place = 0
            while place < stride {
                let distances = line.loadUnaligned(fromByteOffset: place &* 4, as: SIMD16<Float>.self)
                var limits = SIMD16<Float>(repeating: cuts[row])
                if bothWays {
                    let others = columnCuts.loadUnaligned(fromByteOffset: place &* 4, as: SIMD16<Float>.self)
                    limits = pointwiseMax(limits, others)
                }
                if any(distances .< limits) {
                    for lane in 0..<16 where distances[lane] < limits[lane] {
                        let column = columns.lowerBound + place + lane
                        guard column != row else { continue }
                        let distance = distances[lane]
                        if distance < cuts[row] { insert(column, distance: distance, query: row) }
                        if bothWays, distance < cuts[column] { insert(row, distance: distance, query: column) }
                    }
                }
                place &+= 16
            }
        }
    }
}
