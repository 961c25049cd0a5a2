/// The element types this project stores, under their NumPy names (the `descr` of an NPY header).
///
/// Everything written here is little-endian; big-endian and half-precision input is converted while reading
/// (`NPY.read`, `NPZReader.array`).
public enum DType: String, Sendable, Codable, CaseIterable {
    case uint8 = "|u1"
    case bool = "|b1"
    case int8 = "|i1"
    case uint16 = "<u2"
    case int16 = "<i2"
    case uint32 = "<u4"
    case int32 = "<i4"
    case uint64 = "<u8"
    case int64 = "<i8"
    case float32 = "<f4"
    case float64 = "<f8"

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .uint8, .bool, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }
}

/// A Swift number type that can be an array's element.
public protocol ArrayElement: BitwiseCopyable, Sendable {
    /// The type under which it is stored.
    static var dtype: DType { get }
    /// This integer, or nil where the type cannot hold it; floats round to the nearest.
    static func converting(_ value: some FixedWidthInteger) -> Self?
    /// This float, or nil where the type is an integer and cannot hold it exactly; floats round to the nearest.
    static func converting(_ value: Double) -> Self?
}

extension ArrayElement where Self: FixedWidthInteger {
    /// This integer, or nil where the type cannot hold it.
    public static func converting(_ value: some FixedWidthInteger) -> Self? { Self(exactly: value) }
    /// This float, or nil where it is no integer of this type.
    public static func converting(_ value: Double) -> Self? { Self(exactly: value) }
}

extension ArrayElement where Self: BinaryFloatingPoint {
    /// The float nearest to this integer.
    public static func converting(_ value: some FixedWidthInteger) -> Self? { Self(value) }
    /// The float nearest to this one.
    public static func converting(_ value: Double) -> Self? { Self(value) }
}

extension UInt8: ArrayElement {
    /// `|u1`
    public static var dtype: DType { .uint8 }
}

extension Int8: ArrayElement {
    /// `|i1`
    public static var dtype: DType { .int8 }
}

extension UInt16: ArrayElement {
    /// `<u2`
    public static var dtype: DType { .uint16 }
}

extension Int16: ArrayElement {
    /// `<i2`
    public static var dtype: DType { .int16 }
}

extension UInt32: ArrayElement {
    /// `<u4`
    public static var dtype: DType { .uint32 }
}

extension Int32: ArrayElement {
    /// `<i4`
    public static var dtype: DType { .int32 }
}

extension UInt64: ArrayElement {
    /// `<u8`
    public static var dtype: DType { .uint64 }
}

extension Int64: ArrayElement {
    /// `<i8`
    public static var dtype: DType { .int64 }
}

extension Float: ArrayElement {
    /// `<f4`
    public static var dtype: DType { .float32 }
}

extension Double: ArrayElement {
    /// `<f8`
    public static var dtype: DType { .float64 }
}
