internal import COneDNN

/// Products of many row blocks with one packed matrix: tile (rows x columns) = block (rows x inner) * matrix^T.
///
/// The matrix (columns x inner, row-major) is copied once into the layout that oneDNN multiplies fastest on this
/// processor and stays there for any number of products.
public final class PackedProduct {
    /// Shape of the products.
    public let rows: Int, columns: Int, inner: Int

    private let matrix: Tensor
    private let block: Tensor
    private let tile: Tensor
    private let packing: Primitive
    private let product: Primitive

    /// Compiles the product and allocates the packed matrix and the tile.
    public init(_ engine: Engine, rows: Int, columns: Int, inner: Int) throws(ComputeError) {
        let operation = try PackedProduct.operation(engine, rows: rows, columns: columns, inner: inner)
        guard let packedLayout = operation.layout(.weights) else {
            throw .layoutMismatch(operation: operation.name, argument: "weights")
        }
        let arena = Arena(engine: engine)
        let packed = try arena.tensor(packedLayout)
        let scratch = arena.reserve(byteCount: operation.scratchBytes)
        // Row-major columns x inner is the column-major inner x columns that is to be multiplied with.
        matrix = try Tensor(viewing: .columnMajor(rows: inner, columns: columns), engine: engine)
        block = try Tensor(viewing: .rowMajor([rows, inner]), engine: engine)
        tile = try arena.tensor(.rowMajor([rows, columns]))
        packing = try Primitive(
            Reorder.operation(engine, from: matrix.layout, to: packedLayout),
            [.source: matrix, .destination: packed]
        )
        product = try Primitive(
            operation,
            [.source: block, .weights: packed, .destination: tile],
            scratch: scratch,
            in: arena
        )
        try arena.allocate()
        self.rows = rows
        self.columns = columns
        self.inner = inner
    }

    /// Packs the matrix: columns x inner floats, row-major.
    public func pack(_ values: UnsafePointer<Float>) throws(ComputeError) {
        try matrix.look(at: values)
        try packing.run()
    }

    /// Multiplies a block of rows x inner floats, row-major. The answer, rows x columns, is overwritten by the next.
    public func multiply(_ values: UnsafePointer<Float>) throws(ComputeError) -> UnsafeMutablePointer<Float> {
        try block.look(at: values)
        try product.run()
        return tile.floats.baseAddress!
    }

    private static func operation(
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
