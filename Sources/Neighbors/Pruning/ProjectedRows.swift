import Compute
import Recipes

/// Each row of a probe in few dimensions: its projection on the directions, and the norm of what they leave out.
///
/// For rows a and b with exact projections P and residual norms R, Cauchy-Schwarz in the orthogonal complement gives
/// |Pa - Pb|^2 + (Ra - Rb)^2 <= |a - b|^2 (up to the directions' deviation from orthonormality). So the distance of
/// two of these short rows bounds that of the long ones from below. What is stored differs from the exact (P, R) by
/// at most `slack`, by the triangle inequality the distance by at most the sum of two slacks.
package final class ProjectedRows: ActivationSource {
    /// Floats in a short row: the directions, the residual norm, zeros up to a multiple of 16.
    package let width: Int
    /// The largest slack of a reference.
    private(set) var largestSlack = 0.0
    /// By position.
    private(set) var slack: [Double]
    /// Whether every row so far is finite.
    private(set) var isFinite = true

    /// Columns that are multiplied at a time. Sums in float32 are no longer than this, which bounds their rounding
    /// error whatever their order (Higham 2002, section 3.1): by n * 2^-24 / (1 - n * 2^-24) of the products' absolute
    /// values, n additions and multiplications. The partial sums are added in float64.
    private static let slice = 128

    private let directions: Shape
    /// What is kept of the directions: their own rows are in `slices`.
    private struct Shape {
        let count: Int
        let width: Int
        let center: FloatMemory
        let deviation: Double
    }
    private let isRounded: Bool
    private let values: FloatMemory
    private let references: Int
    /// The directions, slice by slice without gaps.
    private let slices: FloatMemory
    private let centered: FloatMemory
    private let partial: FloatMemory
    private let sums: UnsafeMutablePointer<Double>
    private let squaredNorms: UnsafeMutablePointer<Double>
    private static let groupRows = 512

    /// - Parameters:
    ///   - width: floats in a short row
    ///   - rows: all of them, the references first
    ///   - isRounded: whether short rows are to be numbers of bfloat16, which multiply faster; what that leaves out of
    ///     each is part of its slack.
    package init(_ directions: Directions, width: Int, rows: Int, references: Int, isRounded: Bool = false) throws {
        precondition(directions.count < width && width % 16 == 0)
        self.directions = Shape(
            count: directions.count,
            width: directions.width,
            center: directions.center,
            deviation: directions.deviation
        )
        self.isRounded = isRounded
        self.width = width
        self.references = references
        slack = Array(repeating: 0, count: rows)
        values = try FloatMemory(count: rows * width)
        values.floats.update(repeating: 0)
        slices = try FloatMemory(count: directions.count * directions.width)
        for from in stride(from: 0, to: directions.width, by: ProjectedRows.slice) {
            let columns = min(ProjectedRows.slice, directions.width - from)
            for index in 0..<directions.count {
                (slices.start + from * directions.count + index * columns)
                    .update(from: directions.rows.start + index * directions.width + from, count: columns)
            }
        }
        centered = try FloatMemory(count: ProjectedRows.groupRows * ProjectedRows.slice)
        partial = try FloatMemory(count: ProjectedRows.groupRows * directions.count)
        sums = .allocate(capacity: ProjectedRows.groupRows * directions.count)
        squaredNorms = .allocate(capacity: ProjectedRows.groupRows)
    }

    deinit {
        sums.deallocate()
        squaredNorms.deallocate()
    }

    /// The short row of a position.
    package func row(_ position: Int) -> UnsafeMutablePointer<Float> { values.start + position * width }

    /// The norm of what the directions leave out of each row, by position, which is taken out of the short rows: they are
    /// the projections alone then.
    func takeResiduals() -> [Double] {
        slack.indices.map { position in
            defer { row(position)[directions.count] = 0 }
            return Double(row(position)[directions.count])
        }
    }

    package func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) {
        for (place, position) in positions.enumerated() { destination.set(place, to: row(position), of: .f32) }
    }

    /// Projects the rows at `positions`, which are the first of `block`.
    package func project(_ positions: Range<Int>, at block: Rows) throws(ComputeError) {
        for start in stride(from: 0, to: positions.count, by: ProjectedRows.groupRows) {
            let count = min(ProjectedRows.groupRows, positions.count - start)
            let first = positions.lowerBound + start
            try projectGroup(first..<first + count, at: block.from(start))
        }
    }

    /// A slice of the columns of all rows after the other: it stays in the cache while it is multiplied.
    private func projectGroup(_ positions: Range<Int>, at block: Rows) throws(ComputeError) {
        let (length, count) = (directions.width, directions.count)
        sums.initialize(repeating: 0, count: positions.count * count)
        squaredNorms.initialize(repeating: 0, count: positions.count)
        for from in stride(from: 0, to: length, by: ProjectedRows.slice) {
            let columns = min(ProjectedRows.slice, length - from)
            for place in 0..<positions.count {
                let line = centered.start + place * columns
                // In place where it must be widened first.
                let row = block.floats(place, from: from, count: columns, in: line)
                Vectors.subtract(directions.center.start + from, from: row, into: line, count: columns)
                squaredNorms[place] += Vectors.dot(line, line, count: columns)
            }
            try MatrixProduct.timesTransposed(
                centered.start,
                leftStride: columns,
                slices.start + from * count,
                rightStride: columns,
                rows: positions.count,
                columns: count,
                inner: columns,
                into: partial.start
            )
            Vectors.accumulate(partial.start, into: sums, count: positions.count * count)
        }
        for (place, position) in positions.enumerated() {
            store(position, sums: sums + place * count, squaredNorm: squaredNorms[place])
        }
    }

    private func store(_ position: Int, sums: UnsafePointer<Double>, squaredNorm: Double) {
        let short = row(position)
        var projected = 0.0
        for index in 0..<directions.count {
            short[index] = Float(sums[index])
            projected += sums[index] * sums[index]
        }
        let residual = max(0, squaredNorm - projected).squareRoot()
        short[directions.count] = Float(residual)
        guard squaredNorm.isFinite, squaredNorm < 1e36 else {
            isFinite = false
            return
        }

        // Rounding of the subtraction, of the sums, and of storing them, each relative to |a - center|: by
        // Cauchy-Schwarz a direction's absolute products sum to at most that norm.
        let unit = 0x1p-24
        let norm = squaredNorm.squareRoot()
        let perDirection = (Double(ProjectedRows.slice + 1) * unit * 1.01 + 2 * unit) * (1 + directions.deviation)
        let projection = perDirection * Double(directions.count).squareRoot() * norm
        let square = 2 * norm * projection + projection * projection + 3 * directions.deviation * squaredNorm
        let residualError = min(square.squareRoot(), residual > 0 ? square / residual : .infinity) + 2 * unit * norm
        // What float32 cannot represent at all.
        let tiny = Double(directions.width) * Double(Float.leastNormalMagnitude).squareRoot()
        slack[position] = (projection * projection + residualError * residualError).squareRoot() * 1.01 + tiny
        if isRounded { slack[position] += round(short) }
        if position < references { largestSlack = max(largestSlack, slack[position]) }
    }

    /// Rounds a short row to bfloat16, to nearest, ties to even.
    ///
    /// - Returns: the norm of what that leaves out.
    private func round(_ short: UnsafeMutablePointer<Float>) -> Double {
        var squares = 0.0
        for index in 0...directions.count {
            let bits = short[index].bitPattern
            let rounded = Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
            let error = Double(short[index]) - Double(rounded)
            squares += error * error
            short[index] = rounded
        }
        return squares.squareRoot() * (1 + 1e-9)
    }

    /// Rows whose short distance (unsquared, exact) exceeds this are farther apart than `distance` (unsquared).
    package func limit(distance: Double, query: Int) -> Double {
        (distance * (1 + directions.deviation).squareRoot() + slack[query] + largestSlack) * (1 + 1e-9)
    }
}
