import Compute

/// Exact squared norms: float32 values, float64 arithmetic.
enum Distances {
    /// Sum over columns of (a - center)^2; of a^2 without a center.
    static func squaredNorm(
        _ a: UnsafePointer<Float>,
        about center: UnsafePointer<Float>?,
        width: Int
    ) -> Double {
        if let center { return SquaredDistance.between(a, center, width: width) }
        var sum = SIMD8<Double>()
        var column = 0
        while column &+ 8 <= width {
            let values = SIMD8<Double>(UnsafeRawPointer(a + column).loadUnaligned(as: SIMD8<Float>.self))
            sum += values * values
            column &+= 8
        }
        var total = sum.sum()
        while column < width {
            total += Double(a[column]) * Double(a[column])
            column &+= 1
        }
        return total
    }
}
