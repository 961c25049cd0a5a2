import Compute

/// An order of the rows in which neighbours in space tend to be neighbours in time, so that the long rows which one
/// query is compared with are still in the processor's cache when the next one asks for them.
struct VisitingOrder {
    /// All positions, chunk by chunk, in each grouped by the nearest of a few pivots.
    let positions: [Int]
    /// By position, its place in the order. The places of a chunk are the same range as its positions.
    private let places: [UInt32]

    /// - Parameter chunks: of the long rows
    init(_ short: ProjectedRows, chunks: [Range<Int>], references: Int) throws(ComputeError) {
        let rows = chunks.last?.upperBound ?? 0
        let count = max(1, min(256, Int(Double(rows).squareRoot())))
        let width = short.width
        let pivots = try FloatMemory(count: count * width)
        short.copy((0..<count).map { $0 * references / count }, to: Rows(pivots.start, width: width))
        let norms = (0..<count).map { pivot in
            Float(Vectors.dot(pivots.start + pivot * width, pivots.start + pivot * width, count: width))
        }
        let group = 512
        let products = try FloatMemory(count: group * count)
        var nearest = [Int](repeating: 0, count: rows)
        for start in stride(from: 0, to: rows, by: group) {
            let taken = min(group, rows - start)
            try MatrixProduct.timesTransposed(
                short.row(start),
                leftStride: width,
                pivots.start,
                rightStride: width,
                rows: taken,
                columns: count,
                inner: width,
                into: products.start
            )
            for place in 0..<taken {
                let line = products.start + place * count
                var best = 0
                for pivot in 1..<count where norms[pivot] - 2 * line[pivot] < norms[best] - 2 * line[best] {
                    best = pivot
                }
                nearest[start + place] = best
            }
        }
        positions = chunks.flatMap { chunk in chunk.sorted { (nearest[$0], $0) < (nearest[$1], $1) } }
        var places = [UInt32](repeating: 0, count: rows)
        for (place, position) in positions.enumerated() { places[position] = UInt32(place) }
        self.places = places
    }

    /// The place of a position.
    func place(of position: Int) -> Int { Int(places[position]) }

    /// Pairs of queries and references, so ordered that as few references as possible are in use at a time.
    ///
    /// - Parameters:
    ///   - wanted: the references of each query
    ///   - targets: those that count
    ///   - size: places in the order that are in use at a time
    /// - Returns: for each run of places the queries, by their index in `wanted`, with their references there
    func groups(of wanted: [[Bound]], in targets: Range<Int>, size: Int) -> [[(query: Int, references: [Int])]] {
        var groups = [[(query: Int, references: [Int])]](
            repeating: [],
            count: (places.count + size - 1) / size
        )
        for (query, bounds) in wanted.enumerated() {
            for bound in bounds {
                let reference = Int(bound.reference)
                guard targets.contains(reference) else { continue }
                let group = place(of: reference) / size
                if groups[group].last?.query != query { groups[group].append((query, [])) }
                groups[group][groups[group].count - 1].references.append(reference)
            }
        }
        return groups
    }
}
