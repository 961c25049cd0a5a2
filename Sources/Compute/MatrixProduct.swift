internal import COneDNN

/// destination (M x N, row-major) = source (M x K, row-major) * weights (K x N): the weights in whatever packed
/// layout is fastest, so that packing is paid once for many products.
public enum MatrixProduct {
    /// The product of the given size; its `.weights` layout is the packed one.
    public static func operation(
        _ engine: Engine,
        rows: Int,
        columns: Int,
        inner: Int
    ) throws(ComputeError) -> Operation {
        let name = "matrix product \(rows) x \(inner) x \(columns)"
        let source = try Layout.rowMajor([rows, inner])
        let weights = try Layout.any([inner, columns])
        let destination = try Layout.rowMajor([rows, columns])
        var description = dnnl_matmul_desc_t()
        let status = withDescriptors(source, weights, weights, destination) { s, w, _, d in
            dnnl_matmul_desc_init(&description, s, w, nil, d)
        }
        try check(status, "describe \(name)")
        return try Operation(name, engine: engine, description: &description, attributes: Attributes())
    }
}
