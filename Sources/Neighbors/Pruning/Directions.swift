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
        // Between the steps they need to be apart, at the end orthonormal.
        for passes in [1, 2] where count > 0 {
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
            orthonormalise(passes: passes)
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

    /// Gram-Schmidt, for good twice over ("twice is enough", Giraud et al. 2005); directions that vanish are dropped.
    private mutating func orthonormalise(passes: Int) {
        var kept = 0
        for index in 0..<count {
            let line = rows.start + kept * width
            if kept != index { line.update(from: rows.start + index * width, count: width) }
            let before = Vectors.dot(line, line, count: width).squareRoot()
            guard before.isFinite, before > 0 else { continue }
            for _ in 0..<passes {
                for other in 0..<kept {
                    let direction = rows.start + other * width
                    let share = Vectors.dot(line, direction, count: width)
                    Vectors.add(direction, times: Float(-share), to: line, count: width)
                }
            }
            let after = Vectors.dot(line, line, count: width).squareRoot()
            guard after > before * 1e-4 else { continue }
            let scale = Float(1 / after)
            for column in 0..<width { line[column] *= scale }
            kept += 1
        }
        count = kept
    }

    private mutating func measureDeviation() {
        var squares = 0.0
        for first in 0..<count {
            for second in 0...first {
                let product = Vectors.dot(rows.start + first * width, rows.start + second * width, count: width)
                let error = first == second ? product - 1 : product
                squares += (first == second ? 1 : 2) * error * error
            }
        }
        deviation = squares.squareRoot()
    }
}
