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
        let status = dnnl_sgemm(
            CChar(UInt8(ascii: "N")),
            CChar(UInt8(ascii: "T")),
            dnnl_dim_t(rows),
            dnnl_dim_t(columns),
            dnnl_dim_t(inner),
            1,
            left,
            dnnl_dim_t(leftStride),
            right,
            dnnl_dim_t(rightStride),
            0,
            destination,
            dnnl_dim_t(columns)
        )
        try check(status, "multiply matrices \(rows) x \(inner) x \(columns)")
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
        let status = dnnl_sgemm(
            CChar(UInt8(ascii: "T")),
            CChar(UInt8(ascii: "N")),
            dnnl_dim_t(rows),
            dnnl_dim_t(columns),
            dnnl_dim_t(inner),
            1,
            left,
            dnnl_dim_t(rows),
            right,
            dnnl_dim_t(columns),
            0,
            destination,
            dnnl_dim_t(columns)
        )
        try check(status, "multiply matrices \(rows) x \(inner) x \(columns)")
    }
}
