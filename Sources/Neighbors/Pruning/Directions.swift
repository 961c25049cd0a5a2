import Compute

/// A few nearly orthonormal directions that hold most of the variance of a probe's activations, and the center about
/// which it is measured.
///
/// Found by subspace iteration on a sample of rows (Halko, Martinsson, Tropp 2011, algorithm 4.4). How well they fit
/// decides how much of a search is spared, never its answer.
package struct Directions {
    /// At most this many; fewer where the sample does not span more.
    package private(set) var count = 0
    let width: Int
    /// Mean of the sample.
    let center: FloatMemory
    /// count x width, row-major.
    let rows: FloatMemory
    /// The largest deviation of an eigenvalue of rows * rows^T from 1, bounded by the Frobenius norm.
    package private(set) var deviation = 0.0

    /// Rows of the sample for each direction: the directions are to fit rows outside of the sample too, the better the
    /// more of these there are.
    static func sampleRows(perDirectionOf references: Int) -> Int { references < 8192 ? 4 : 8 }

    /// Rows of the sample for so many directions. Of few references half as many serve where directions are many: they
    /// would take more memory than all else.
    static func sampleRows(for directions: Int, references: Int) -> Int {
        min(
            references,
            sampleRows(perDirectionOf: references) * (references < 8192 ? min(directions, 128) : directions)
        )
    }

    /// - Parameters:
    ///   - sample: sampleRows x width floats, row-major; destroyed.
    package init(most: Int, sample: UnsafeMutablePointer<Float>, sampleRows: Int, width: Int) throws(ComputeError) {
        self.width = width
        center = try FloatMemory(count: width)
        rows = try FloatMemory(count: most * width)
        centerSample(sample, rows: sampleRows)

        // The first guess: evenly spaced rows of the sample.
        let guess = min(most, sampleRows)
        for row in 0..<guess {
            (rows.start + row * width).update(from: sample + row * sampleRows / guess * width, count: width)
        }
        count = guess
        let weights = try FloatMemory(count: sampleRows * most)
        for isLast in [false, true] where count > 0 {
            try MatrixProduct.timesTransposed(
                sample,
                leftStride: width,
                rows.start,
                rightStride: width,
                rows: sampleRows,
                columns: count,
                inner: width,
                into: weights.start
            )
            try MatrixProduct.transposedTimes(
                weights.start,
                sample,
                rows: count,
                columns: width,
                inner: sampleRows,
                into: rows.start
            )
            try orthonormalise(isLast: isLast)
        }
        measureDeviation()
    }

    private func centerSample(_ sample: UnsafeMutablePointer<Float>, rows: Int) {
        let sums = UnsafeMutablePointer<Double>.allocate(capacity: width)
        defer { sums.deallocate() }
        sums.initialize(repeating: 0, count: width)
        for row in 0..<rows { Vectors.accumulate(sample + row * width, into: sums, count: width) }
        for column in 0..<width { center.start[column] = Float(sums[column] / Double(rows)) }
        for row in 0..<rows {
            let line = sample + row * width
            Vectors.subtract(center.start, from: line, into: line, count: width)
        }
    }

    /// Rows that are made orthogonal one by one, once what they share with those before is off by matrix products.
    private static let panelRows = 32

    /// Gram-Schmidt, panel by panel, twice over ("twice is enough", Giraud et al. 2005); directions that vanish are
    /// dropped.
    ///
    /// - Parameter isLast: whether it is for good: sums of many columns in float32 would leave more than the rounding of
    ///   the rows themselves does. Between the steps they need to be apart only.
    private mutating func orthonormalise(isLast: Bool) throws(ComputeError) {
        let shares = try FloatMemory(count: Self.panelRows * count)
        var kept = 0
        for first in stride(from: 0, to: count, by: Self.panelRows) {
            var panel = min(Self.panelRows, count - first)
            let start = rows.start + kept * width
            if kept != first { start.update(from: rows.start + first * width, count: panel * width) }
            for pass in 0..<2 {
                let before = (0..<panel).map { norm(start + $0 * width) }
                if kept > 0 { try takeOff(kept, from: start, panel, isExact: isLast && pass > 0, shares) }
                panel = separate(start, norms: before)
            }
            kept += panel
        }
        count = kept
    }

    /// Makes some rows orthogonal to the first `kept` directions.
    ///
    /// - Parameters:
    ///   - isExact: whether what they share is summed in float64
    ///   - shares: room for otherCount x kept floats
    private func takeOff(
        _ kept: Int,
        from others: UnsafeMutablePointer<Float>,
        _ otherCount: Int,
        isExact: Bool,
        _ shares: FloatMemory
    ) throws(ComputeError) {
        if isExact {
            for (place, share) in products(others, otherCount, kept).enumerated() { shares.start[place] = Float(share) }
        } else {
            try MatrixProduct.timesTransposed(
                others,
                leftStride: width,
                rows.start,
                rightStride: width,
                rows: otherCount,
                columns: kept,
                inner: width,
                into: shares.start
            )
        }
        try MatrixProduct.subtractProduct(
            shares.start,
            leftStride: kept,
            rows.start,
            rightStride: width,
            rows: otherCount,
            columns: width,
            inner: kept,
            from: others,
            stride: width
        )
    }

    /// Gram-Schmidt within one panel.
    ///
    /// - Parameter norms: of its rows before anything was taken off.
    /// - Returns: how many rows are left.
    private func separate(_ panel: UnsafeMutablePointer<Float>, norms: [Double]) -> Int {
        var kept = 0
        for (index, before) in norms.enumerated() where before.isFinite && before > 0 {
            let line = panel + kept * width
            if kept != index { line.update(from: panel + index * width, count: width) }
            for other in 0..<kept {
                let direction = panel + other * width
                let share = Vectors.dot(line, direction, count: width)
                Vectors.add(direction, times: Float(-share), to: line, count: width)
            }
            let after = norm(line)
            guard after > before * 1e-4 else { continue }
            let scale = Float(1 / after)
            for column in 0..<width { line[column] *= scale }
            kept += 1
        }
        return kept
    }

    private func norm(_ row: UnsafePointer<Float>) -> Double { Vectors.dot(row, row, count: width).squareRoot() }

    /// Dot products of some rows with the first `count` directions, row-major, in float64: a slice of the columns of all
    /// of them at a time, which stays in the cache.
    private func products(_ others: UnsafePointer<Float>, _ otherCount: Int, _ count: Int) -> [Double] {
        let slice = 256
        var products = [Double](repeating: 0, count: otherCount * count)
        for from in stride(from: 0, to: width, by: slice) {
            let columns = min(slice, width - from)
            for other in 0..<otherCount {
                for index in 0..<count {
                    products[other * count + index] += Vectors.dot(
                        others + other * width + from,
                        rows.start + index * width + from,
                        count: columns
                    )
                }
            }
        }
        return products
    }

    private mutating func measureDeviation() {
        var squares = 0.0
        for first in stride(from: 0, to: count, by: Self.panelRows) {
            let panel = min(Self.panelRows, count - first)
            // Those left of the panel's block stand for those above it as well; the block itself is whole.
            let upTo = first + panel
            for (place, product) in products(rows.start + first * width, panel, upTo).enumerated() {
                let (row, column) = (first + place / upTo, place % upTo)
                let error = row == column ? product - 1 : product
                squares += (column < first ? 2 : 1) * error * error
            }
        }
        deviation = squares.squareRoot()
    }
}
