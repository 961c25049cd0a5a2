import Compute
import Recipes

/// Approximate squared distances between two blocks of rows, all pairs at once.
///
/// Wide rows are multiplied as matrices, |a - b|^2 = |a|^2 + |b|^2 - 2 a.b; narrow ones, where that would cancel and
/// gain nothing, are subtracted. Where the processor multiplies bfloat16, wide rows may be rounded to it: their products
/// are then those of the rounded rows, at twice the speed.
final class DistanceTile {
    /// Up to this width distances are direct differences (Difficulty/README.md, section 2).
    static let widestDirect = 64

    /// Bounds the error of a distance: `absolute` * (|a|^2 + |b|^2) + `relative` * distance. Of rounded rows it is the
    /// error from the distance between these.
    let errorBound: (absolute: Double, relative: Double)

    let scan: RowScan
    private let blockRows: Int
    private let width: Int
    private let product: PackedProduct?
    /// Wide: the columns' block and a rows' block with the center taken off. Narrow: the columns' block transposed.
    /// Where factors are rounded the same memory holds these.
    private let columnStaging: UnsafeMutablePointer<Float>
    private let rowStaging: UnsafeMutablePointer<Float>
    private let roundedColumns: UnsafeMutablePointer<UInt16>
    private let roundedRows: UnsafeMutablePointer<UInt16>
    private let direct: UnsafeMutablePointer<Float>
    /// A row as floats.
    private let room: UnsafeMutablePointer<Float>
    /// What the pointers above point into.
    private let memories: [FloatMemory]
    private let center: UnsafePointer<Float>?

    /// Of the factors of products.
    let precision: Precision

    init(
        _ engine: Engine,
        blockRows: Int,
        width: Int,
        center: UnsafePointer<Float>?,
        precision: Precision = .f32
    ) throws {
        let isDirect = width <= DistanceTile.widestDirect
        precondition(!isDirect || precision == .f32)
        let isRounded = precision == .bf16
        self.precision = precision
        self.blockRows = blockRows
        scan = RowScan(columns: blockRows)
        self.width = width
        self.center = center
        product =
            isDirect
            ? nil
            : try PackedProduct(engine, rows: blockRows, columns: blockRows, inner: width, precision: precision)
        let block = blockRows * width
        let staging = try (0..<2).map { _ in try FloatMemory(count: isRounded ? (block + 1) / 2 : block) }
        let direct = try FloatMemory(count: isDirect ? blockRows * blockRows : 1)
        let room = try FloatMemory(count: width)
        memories = staging + [direct, room]
        (columnStaging, rowStaging) = (staging[0].start, staging[1].start)
        roundedColumns = UnsafeMutableRawPointer(columnStaging).assumingMemoryBound(to: UInt16.self)
        roundedRows = UnsafeMutableRawPointer(rowStaging).assumingMemoryBound(to: UInt16.self)
        (self.direct, self.room) = (direct.start, room.start)
        // float32 has 24 bits. A sum of n products errs by about sqrt(n) roundings, here with a factor of four to
        // spare; what is not certain even so is searched exhaustively.
        let unit = 0x1p-24
        errorBound =
            isDirect
            ? (absolute: 0, relative: unit * Double(width + 4))
            : (absolute: unit * (16 + 4 * Double(width).squareRoot()), relative: 0)
    }

    /// Makes this block the columns of the tiles to come; it must stay where it is as long as they are asked for.
    func setColumns(_ block: Rows) throws {
        if let product {
            try product.setMatrix(factor(block, columnStaging, roundedColumns))
            return
        }
        for row in 0..<blockRows {
            let values = block.floats(row, count: width, in: room)
            for column in 0..<width { columnStaging[column * blockRows + row] = values[column] }
        }
    }

    /// The distances of each row of `block` to each of the columns, blockRows x blockRows, overwritten by the next; wide
    /// ones still as the products that they follow from.
    ///
    /// - Parameters:
    ///   - norms, columnNorms: squared norms about the center; infinite where there is no row.
    func products(
        _ block: Rows,
        norms: UnsafePointer<Float>,
        columnNorms: UnsafePointer<Float>
    ) throws -> UnsafePointer<Float> {
        if let product { return UnsafePointer(try product.multiply(factor(block, rowStaging, roundedRows))) }
        subtract(block, norms: norms, columnNorms: columnNorms)
        return UnsafePointer(direct)
    }

    /// The norms that `RowScan` needs for what `products` returns; nil where these are the distances.
    func scanNorms(_ norms: UnsafePointer<Float>) -> UnsafePointer<Float>? { product == nil ? nil : norms }

    /// Offers the distances between the rows of a chunk and one block of references to the lists: all pairs once, of
    /// two references for both of them.
    ///
    /// - Parameter isWanted: which of the blocks of rows are compared.
    /// - Returns: the number of pairs.
    func sweep(
        _ rows: LoadedChunk,
        _ columns: Range<Int>,
        of references: LoadedChunk,
        into lists: some CandidateStore,
        where isWanted: (Range<Int>) -> Bool = { _ in true }
    ) throws -> Double {
        guard let chunk = rows.chunk else { return 0 }
        if let product, let rounded = references.roundedRows(from: columns.lowerBound) {
            try product.setMatrix(rounded)
        } else {
            try setColumns(references.rows(from: columns.lowerBound))
        }
        var pairs = 0.0
        for block in chunk.blocks(of: blockRows)
        where isWanted(block) && (!chunk.isReference || block.lowerBound >= columns.lowerBound) {
            let norms = rows.norms(from: block.lowerBound)
            let columnNorms = references.norms(from: columns.lowerBound)
            let products =
                if let product, let rounded = rows.roundedRows(from: block.lowerBound) {
                    UnsafePointer(try product.multiply(rounded))
                } else {
                    try products(rows.rows(from: block.lowerBound), norms: norms, columnNorms: columnNorms)
                }
            let bothWays = chunk.isReference && block != columns
            for row in block {
                let hits = scan.hits(
                    in: products + (row - block.lowerBound) * blockRows,
                    norm: norms[row - block.lowerBound],
                    norms: scanNorms(columnNorms),
                    cut: lists.cuts[row],
                    cuts: bothWays ? lists.cuts + columns.lowerBound : nil,
                    count: blockRows
                )
                lists.offer(scan, hits: hits, row: row, firstColumn: columns.lowerBound, bothWays: bothWays)
            }
            pairs += Double(block.count * columns.count)
        }
        return pairs
    }

    /// A block with the center taken off, as the product reads it.
    private func factor(
        _ block: Rows,
        _ staging: UnsafeMutablePointer<Float>,
        _ rounded: UnsafeMutablePointer<UInt16>
    ) -> UnsafeRawPointer {
        if precision == .bf16 {
            for row in 0..<blockRows {
                let values = block.floats(row, count: width, in: room)
                Rounding.round(values, about: center, count: width, into: rounded + row * width)
            }
            return UnsafeRawPointer(rounded)
        }
        if center == nil, block.precision == .f32 { return UnsafeRawPointer(block.start) }
        for row in 0..<blockRows {
            let to = staging + row * width
            // In place where it must be widened first.
            let from = block.floats(row, count: width, in: to)
            if let center { Vectors.subtract(center, from: from, into: to, count: width) }
        }
        return UnsafeRawPointer(staging)
    }

    private func subtract(
        _ block: Rows,
        norms: UnsafePointer<Float>,
        columnNorms: UnsafePointer<Float>
    ) {
        let columns = UnsafeRawPointer(columnStaging)
        for row in 0..<blockRows {
            let values = block.floats(row, count: width, in: room)
            let line = UnsafeMutableRawPointer(direct + row * blockRows)
            let missing = norms[row] == .infinity
            for place in stride(from: 0, to: blockRows, by: 16) {
                var sum = SIMD16<Float>()
                for column in 0..<width {
                    let others = columns.loadUnaligned(
                        fromByteOffset: (column &* blockRows &+ place) &* 4,
                        as: SIMD16<Float>.self
                    )
                    let difference = others - values[column]
                    sum += difference * difference
                }
                if missing || columnNorms[place + 15] == .infinity {
                    for lane in 0..<16 where missing || columnNorms[place + lane] == .infinity {
                        sum[lane] = .infinity
                    }
                }
                line.storeBytes(of: sum, toByteOffset: place &* 4, as: SIMD16<Float>.self)
            }
        }
    }
}
