/// Exact squared distances and norms: float32 values, float64 arithmetic.
enum Distances {
    /// Sum over columns of (a - b)^2, in an order that depends on the width only.
    static func squared(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int) -> Double {
        var first = SIMD8<Double>()
        var second = SIMD8<Double>()
        var column = 0
        while column &+ 16 <= width {
            let low = load(a + column) - load(b + column)
            let high = load(a + column + 8) - load(b + column + 8)
            first += low * low
            second += high * high
            column &+= 16
        }
        var sum = (first + second).sum()
        while column < width {
            let difference = Double(a[column]) - Double(b[column])
            sum += difference * difference
            column &+= 1
        }
        return sum
    }

    /// Sum over columns of (a - center)^2; of a^2 without a center.
    static func squaredNorm(
        _ a: UnsafePointer<Float>,
        about center: UnsafePointer<Float>?,
        width: Int
    ) -> Double {
        if let center { return squared(a, center, width: width) }
        var sum = SIMD8<Double>()
        var column = 0
        while column &+ 8 <= width {
            let values = load(a + column)
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

    @inline(__always)
    private static func load(_ values: UnsafePointer<Float>) -> SIMD8<Double> {
        SIMD8<Double>(UnsafeRawPointer(values).loadUnaligned(as: SIMD8<Float>.self))
    }
}
