internal import CKernels

/// Exact squared Euclidean distances: float32 values, float64 arithmetic.
public enum SquaredDistance {
    private static let hasKernel = ck_is_supported() != 0

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
}
