internal import CKernels
import Recipes

/// Where rows of numbers lie one after the other, as float32 or bfloat16. Memory that somebody else owns.
public struct Rows {
    /// The first row.
    public let start: UnsafeMutableRawPointer
    /// Numbers in a row.
    public let width: Int
    /// What the numbers are.
    public let precision: Precision

    /// Parameters are those of the properties.
    public init(_ start: UnsafeMutableRawPointer, width: Int, precision: Precision) {
        self.start = start
        self.width = width
        self.precision = precision
    }

    /// Rows of float32.
    public init(_ start: UnsafeMutablePointer<Float>, width: Int) {
        self.init(UnsafeMutableRawPointer(start), width: width, precision: .f32)
    }

    /// The first number of a row.
    public subscript(row: Int) -> UnsafeMutableRawPointer { start + row * width * precision.elementBytes }

    /// The rows from one on.
    public func from(_ row: Int) -> Rows { Rows(self[row], width: width, precision: precision) }

    /// Numbers from one of a row on, as floats: where they are, or in `room`, which is then written.
    public func floats(
        _ row: Int,
        from column: Int = 0,
        count: Int,
        in room: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        let first = self[row] + column * precision.elementBytes
        if precision == .f32 { return UnsafePointer(first.assumingMemoryBound(to: Float.self)) }
        Rounding.widen(first.assumingMemoryBound(to: UInt16.self), count: count, into: room)
        return UnsafePointer(room)
    }

    /// Writes a row, whose numbers may be bfloat16 where these are float32, and must be the same otherwise.
    ///
    /// - Parameter source: the row's first number
    public func set(_ row: Int, to source: UnsafeRawPointer, of sourcePrecision: Precision) {
        if sourcePrecision == precision {
            self[row].copyMemory(from: source, byteCount: width * precision.elementBytes)
            return
        }
        precondition(precision == .f32, "a row of float32 is not rounded")
        Rounding.widen(
            source.assumingMemoryBound(to: UInt16.self),
            count: width,
            into: self[row].assumingMemoryBound(to: Float.self)
        )
    }
}
