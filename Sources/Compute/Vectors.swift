internal import CKernels

/// Arithmetic on rows of floats.
public enum Vectors {
    private static let hasKernels = ck_is_supported() != 0

    /// Sum of a * b over `count` floats, in float64.
    public static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double {
        if hasKernels { return ck_dot(a, b, count) }
        return (0..<count).reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1]) }
    }

    /// a += scale * b.
    public static func add(_ b: UnsafePointer<Float>, times scale: Float, to a: UnsafeMutablePointer<Float>, count: Int)
    {
        if hasKernels { return ck_add_scaled(a, b, scale, count) }
        for index in 0..<count { a[index] += scale * b[index] }
    }

    /// sums += values, in float64.
    public static func accumulate(
        _ values: UnsafePointer<Float>,
        into sums: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        if hasKernels { return ck_accumulate(sums, values, count) }
        for index in 0..<count { sums[index] += Double(values[index]) }
    }

    /// difference = a - b, rounded once.
    public static func subtract(
        _ b: UnsafePointer<Float>,
        from a: UnsafePointer<Float>,
        into difference: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        if hasKernels { return ck_subtract(difference, a, b, count) }
        for index in 0..<count { difference[index] = a[index] - b[index] }
    }
}
