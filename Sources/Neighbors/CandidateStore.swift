import Compute

/// Collects, for each query, references at small distances.
protocol CandidateStore: AnyObject {
    /// For each query the distance that a new entry must stay below: infinite until its list is full. May be read up to
    /// a block's rows beyond the last query.
    var cuts: UnsafeMutablePointer<Float> { get }
    /// Keeps a reference whose distance is below the cut.
    func insert(_ reference: Int, distance: Float, query: Int)
}

extension CandidateStore {
    /// Offers one row of a tile to the list of the row and, where `bothWays`, to those of its columns. A pair of equal
    /// positions is an example and itself, and is left out.
    ///
    /// - Parameters:
    ///   - hits: columns and distances of what may be below a cut.
    @inline(__always)
    func offer(_ scan: RowScan, hits: Int, row: Int, firstColumn: Int, bothWays: Bool) {
        for place in 0..<hits {
            let column = firstColumn + Int(scan.columns[place])
            guard column != row else { continue }
            let distance = scan.distances[place]
            if distance < cuts[row] { insert(column, distance: distance, query: row) }
            if bothWays, distance < cuts[column] { insert(row, distance: distance, query: column) }
        }
    }
}
