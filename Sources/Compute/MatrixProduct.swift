internal import COneDNN

/// Products of float32 matrices in row-major order, for shapes that are not known in advance.
public enum MatrixProduct {
    /// destination (rows x columns) = left (rows x inner) * right^T, right being columns x inner.
    ///
    /// - Parameters:
    ///   - leftStride, rightStride: floats from one row to the next, at least `inner`.
    public static func timesTransposed(
        _ left: UnsafePointer<Float>,
        leftStride: Int,
        _ right: UnsafePointer<Float>,
        rightStride: Int,
        rows: Int,
        columns: Int,
        inner: Int,
        into destination: UnsafeMutablePointer<Float>
    ) throws(ComputeError) {
        try multiply(
            (left, leftStride, "N"),
            (right, rightStride, "T"),
            rows: rows,
            columns: columns,
            inner: inner,
            into: destination
        )
    }

    /// destination (rows x columns) = left^T * right, left being inner x rows and right inner x columns, both without
    /// gaps.
    public static func transposedTimes(
        _ left: UnsafePointer<Float>,
        _ right: UnsafePointer<Float>,
        rows: Int,
        columns: Int,
        inner: Int,
        into destination: UnsafeMutablePointer<Float>
    ) throws(ComputeError) {
        try multiply(
            (left, rows, "T"),
            (right, columns, "N"),
            rows: rows,
            columns: columns,
            inner: inner,
            into: destination
        )
    }

    /// destination (rows x columns) -= left * right, left being rows x inner and right inner x columns.
    ///
    /// - Parameters:
    ///   - leftStride, rightStride, stride: floats from one row to the next.
    public static func subtractProduct(
        _ left: UnsafePointer<Float>,
        leftStride: Int,
        _ right: UnsafePointer<Float>,
        rightStride: Int,
        rows: Int,
        columns: Int,
        inner: Int,
        from destination: UnsafeMutablePointer<Float>,
        stride: Int
    ) throws(ComputeError) {
        try multiply(
            (left, leftStride, "N"),
            (right, rightStride, "N"),
            rows: rows,
            columns: columns,
            inner: inner,
            into: destination,
            stride: stride,
            scale: -1,
            keeping: 1
        )
    }

    /// A factor: its floats, from one row to the next, and whether it is transposed (`T`) or not (`N`).
    private typealias Factor = (values: UnsafePointer<Float>, stride: Int, form: Unicode.Scalar)

    private static func multiply(
        _ left: Factor,
        _ right: Factor,
        rows: Int,
        columns: Int,
        inner: Int,
        into destination: UnsafeMutablePointer<Float>,
        stride: Int? = nil,
        scale: Float = 1,
        keeping kept: Float = 0
    ) throws(ComputeError) {
        let status = dnnl_sgemm(
            CChar(UInt8(ascii: left.form)),
            CChar(UInt8(ascii: right.form)),
            dnnl_dim_t(rows),
            dnnl_dim_t(columns),
            dnnl_dim_t(inner),
            scale,
            left.values,
            dnnl_dim_t(left.stride),
            right.values,
            dnnl_dim_t(right.stride),
            kept,
            destination,
            dnnl_dim_t(stride ?? columns)
        )
        try check(status, "multiply matrices \(rows) x \(inner) x \(columns)")
    }
}
