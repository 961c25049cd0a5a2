import Compute

/// An order of the rows in which neighbours in space tend to be neighbours in time, so that the long rows which one
/// query is compared with are still in the processor's cache when the next one asks for them.
struct VisitingOrder {
    /// All positions, grouped by the nearest of a few pivots.
    let positions: [Int]

    init(_ short: ProjectedRows, rows: Int, references: Int) throws(ComputeError) {
        let count = max(1, min(256, Int(Double(rows).squareRoot())))
        let width = short.width
        let pivots = try FloatMemory(count: count * width)
        short.copy((0..<count).map { $0 * references / count }, to: pivots.start)
        let norms = (0..<count).map { pivot in
            Float(Vectors.dot(pivots.start + pivot * width, pivots.start + pivot * width, count: width))
        }
        let group = 512
        let products = try FloatMemory(count: group * count)
        var nearest = [(pivot: Int, position: Int)]()
        nearest.reserveCapacity(rows)
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
                nearest.append((best, start + place))
            }
        }
        positions = nearest.sorted { ($0.pivot, $0.position) < ($1.pivot, $1.position) }.map(\.position)
    }
}
