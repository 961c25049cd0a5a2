internal import COneDNN
import Recipes

/// Products of many row blocks with one matrix: tile (rows x columns) = block (rows x inner) * matrix^T.
///
/// Where oneDNN multiplies fastest with a packed matrix (AVX-512), the matrix (columns x inner, row-major) is copied into
/// that layout once. Where it packs as it goes (AVX2), it reads the matrix as it lies: a copy would only cost.
///
/// Factors may be bfloat16, whose products are exact in float32; sums are float32 in any case.
public final class PackedProduct {
    /// Shape of the products.
    public let rows: Int, columns: Int, inner: Int

    private let matrix: Tensor
    private let block: Tensor
    private let tile: Tensor
    /// Nil where the matrix is read as it lies.
    private let packing: Primitive?
    private let product: Primitive

    /// Compiles the product of factors of `precision` and allocates the packed matrix and the tile.
    public init(
        _ engine: Engine,
        rows: Int,
        columns: Int,
        inner: Int,
        precision: Precision = .f32
    ) throws(ComputeError) {
        // Row-major columns x inner is the column-major inner x columns that is to be multiplied with.
        let plain = try Layout.columnMajor(rows: inner, columns: columns, precision)
        var operation = try PackedProduct.operation(engine, rows, .any([inner, columns], precision))
        var packedLayout = operation.layout(.weights)
        if try packedLayout == .rowMajor([inner, columns], precision) {
            operation = try PackedProduct.operation(engine, rows, plain)
            packedLayout = nil
        }
        let arena = Arena(engine: engine)
        matrix = try Tensor(viewing: plain, engine: engine)
        block = try Tensor(viewing: .rowMajor([rows, inner], precision), engine: engine)
        tile = try arena.tensor(.rowMajor([rows, columns]))
        let scratch = arena.reserve(byteCount: operation.scratchBytes)
        var weights = matrix
        if let packedLayout {
            weights = try arena.tensor(packedLayout)
            packing = try Primitive(
                Reorder.operation(engine, from: plain, to: packedLayout),
                [.source: matrix, .destination: weights]
            )
        } else {
            packing = nil
        }
        product = try Primitive(
            operation,
            [.source: block, .weights: weights, .destination: tile],
            scratch: scratch,
            in: arena
        )
        try arena.allocate()
        self.rows = rows
        self.columns = columns
        self.inner = inner
    }

    /// Sets the matrix: columns x inner elements, row-major, which must stay there as long as it is multiplied with.
    public func setMatrix(_ values: UnsafeRawPointer) throws(ComputeError) {
        try matrix.look(at: values)
        try packing?.run()
    }

    /// Multiplies a block of rows x inner elements, row-major. The answer, rows x columns, is overwritten by the next.
    public func multiply(_ values: UnsafeRawPointer) throws(ComputeError) -> UnsafeMutablePointer<Float> {
        try block.look(at: values)
        try product.run()
        return tile.floats.baseAddress!
    }

    private static func operation(_ engine: Engine, _ rows: Int, _ weights: Layout) throws(ComputeError) -> Operation {
        let (inner, columns) = (weights.dimensions[0], weights.dimensions[1])
        let name = "matrix product \(rows) x \(inner) x \(columns)"
        let source = try Layout.rowMajor([rows, inner], weights.precision)
        let destination = try Layout.rowMajor([rows, columns])
        var description = dnnl_matmul_desc_t()
        let status = withDescriptors(source, weights, weights, destination) { s, w, _, d in
            dnnl_matmul_desc_init(&description, s, w, nil, d)
        }
        try check(status, "describe \(name)")
        return try Operation(name, engine: engine, description: &description, attributes: Attributes())
    }
}
