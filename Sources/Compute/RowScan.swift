internal import CKernels

/// Finds the small distances in rows of a tile.
public final class RowScan {
    private static let hasKernel = ck_is_supported() != 0
    private let capacity: Int
    /// Columns of the hits of the last row, and their squared distances.
    public let columns: UnsafeMutablePointer<Int32>, distances: UnsafeMutablePointer<Float>

    /// - Parameter columns: the most that a row will have, a multiple of 8.
    public init(columns capacity: Int) {
        self.capacity = capacity
        columns = .allocate(capacity: capacity)
        distances = .allocate(capacity: capacity)
    }

    deinit {
        columns.deallocate()
        distances.deallocate()
    }

    /// Finds the columns whose squared distance is below `cut` or, where there are `cuts`, below that of the column.
    ///
    /// - Parameters:
    ///   - products: dot products a.b of which the distances are |a|^2 + |b|^2 - 2 a.b; without `norms` the squared
    ///     distances themselves.
    ///   - count: columns, a multiple of 8.
    /// - Returns: the number of hits.
    public func hits(
        in products: UnsafePointer<Float>,
        norm: Float,
        norms: UnsafePointer<Float>?,
        cut: Float,
        cuts: UnsafePointer<Float>?,
        count: Int
    ) -> Int {
        precondition(count <= capacity && count % 8 == 0)
        if RowScan.hasKernel {
            return Int(ck_scan_row(products, norm, norms, cut, cuts, Int32(count), columns, distances))
        }
        var found = 0
        for column in 0..<count {
            let product = products[column]
            let distance = norms.map { ($0[column] + norm) - (product + product) } ?? product
            guard distance < (cuts.map { max(cut, $0[column]) } ?? cut) else { continue }
            columns[found] = Int32(column)
            distances[found] = distance
            found += 1
        }
        return found
    }
}
