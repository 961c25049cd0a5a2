internal import CKernels

/// Exact squared Euclidean distances: float32 values, float64 arithmetic.
public enum SquaredDistance {
    static let hasKernel = ck_is_supported() != 0

    /// Sum of (a - b)^2 over `width` columns, in an order that depends on the width and the processor only.
    public static func between(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int) -> Double {
        if hasKernel { return ck_squared_distance(a, b, width) }
        var total = 0.0
        for column in 0..<width {
            let difference = Double(a[column]) - Double(b[column])
            total += difference * difference
        }
        return total
    }

    /// The distance by float32 arithmetic, where there is a kernel for it.
    static func single(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, width: Int) -> Double {
        hasKernel ? ck_squared_distance_bounded(a, b, width) : between(a, b, width: width)
    }

    /// The numbers between which a distance lies that is `distance` by float32 arithmetic.
    static func bounds(around distance: Double, width: Int) -> (lower: Double, upper: Double) {
        guard distance.isFinite else { return (0, .infinity) }
        // `between` itself errs by some units of float64.
        let error = distance * 71 * 0x1p-24 + Double(width) * 0x1p-126
        return (distance - error, distance + error)
    }
}
