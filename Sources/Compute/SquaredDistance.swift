internal import CKernels
import Recipes

/// Exact squared Euclidean distances: float32 values, float64 arithmetic.
public enum SquaredDistance {
    static let hasKernel = ck_is_supported() != 0
    /// Whether there are vectors of 64 bytes, and nobody wants them left alone.
    static let hasWideKernel = Engine.instructionSet.hasPrefix("avx512")

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

    /// The same of rows of a precision, to the bit what their numbers as floats give.
    static func between(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, width: Int, _ precision: Precision) -> Double {
        switch precision {
        case .f32:
            return between(a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self), width: width)
        case .bf16:
            precondition(hasKernel, "a processor that computes in bfloat16 has the kernels")
            return ck_squared_distance_bf16(
                a.assumingMemoryBound(to: UInt16.self),
                b.assumingMemoryBound(to: UInt16.self),
                width
            )
        }
    }

    /// The distance by float32 arithmetic, where there is a kernel for it.
    static func single(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, width: Int, _ precision: Precision) -> Double {
        guard hasKernel else { return between(a, b, width: width, precision) }
        switch precision {
        case .f32:
            return ck_squared_distance_bounded(
                a.assumingMemoryBound(to: Float.self),
                b.assumingMemoryBound(to: Float.self),
                width
            )
        case .bf16:
            return ck_squared_distance_bounded_bf16(
                a.assumingMemoryBound(to: UInt16.self),
                b.assumingMemoryBound(to: UInt16.self),
                width
            )
        }
    }

    /// The numbers between which a distance lies that is `distance` by float32 arithmetic.
    static func bounds(around distance: Double, width: Int) -> (lower: Double, upper: Double) {
        guard distance.isFinite else { return (0, .infinity) }
        // `between` itself errs by some units of float64.
        let error = distance * 71 * 0x1p-24 + Double(width) * 0x1p-126
        return (distance - error, distance + error)
    }
}
