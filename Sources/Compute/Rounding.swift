internal import CKernels

/// Rows rounded to bfloat16, on processors where `Precision.bf16.isNative`; and back, on any.
public enum Rounding {
    /// Writes row - center (nil: the row), rounded to nearest, as `count` elements of bfloat16.
    public static func round(
        _ row: UnsafePointer<Float>,
        about center: UnsafePointer<Float>?,
        count: Int,
        into rounded: UnsafeMutablePointer<UInt16>
    ) {
        ck_round(row, center, count, rounded)
    }

    /// Writes numbers of bfloat16 as floats, which is exact.
    public static func widen(
        _ numbers: UnsafePointer<UInt16>,
        count: Int,
        into floats: UnsafeMutablePointer<Float>
    ) {
        ck_widen(numbers, count, floats)
    }

    /// The squared norm of what `round` writes, and that of its difference from the exact row - center. In float64.
    public static func measure(
        _ row: UnsafePointer<Float>,
        about center: UnsafePointer<Float>?,
        count: Int
    ) -> (squaredNorm: Double, squaredError: Double) {
        var result = (squaredNorm: 0.0, squaredError: 0.0)
        ck_rounding(row, center, count, &result.squaredNorm, &result.squaredError)
        return result
    }
}
