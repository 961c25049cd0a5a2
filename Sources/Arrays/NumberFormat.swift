/// How numbers lie in a foreign array: what `descr` says, including what is only ever converted (big-endian, half
/// precision), never stored.
package struct NumberFormat: Sendable, Hashable {
    enum Kind: Sendable { case bool, unsigned, signed, float }

    let kind: Kind
    package let byteCount: Int
    let bigEndian: Bool

    /// - Throws: `ArrayError.unsupportedDType` for everything that is not a plain number.
    package init(descr: String, name: String) throws(ArrayError) {
        let text = Array(descr.utf8)
        guard text.count == 3, let size = Int(String(decoding: text[2...], as: UTF8.self)) else {
            throw .unsupportedDType(name: name, got: descr)
        }
        switch (text[1], size) {
        case (UInt8(ascii: "b"), 1): kind = .bool
        case (UInt8(ascii: "u"), 1), (UInt8(ascii: "u"), 2), (UInt8(ascii: "u"), 4), (UInt8(ascii: "u"), 8):
            kind = .unsigned
        case (UInt8(ascii: "i"), 1), (UInt8(ascii: "i"), 2), (UInt8(ascii: "i"), 4), (UInt8(ascii: "i"), 8):
            kind = .signed
        case (UInt8(ascii: "f"), 2), (UInt8(ascii: "f"), 4), (UInt8(ascii: "f"), 8): kind = .float
        default: throw .unsupportedDType(name: name, got: descr)
        }
        switch text[0] {
        case UInt8(ascii: "<"), UInt8(ascii: "="): bigEndian = false
        case UInt8(ascii: ">"): bigEndian = size > 1
        case UInt8(ascii: "|") where size == 1: bigEndian = false
        default: throw .unsupportedDType(name: name, got: descr)
        }
        byteCount = size
    }

    /// Whether the bytes can be used as `dtype` as they are.
    func isStored(as dtype: DType) -> Bool {
        guard !bigEndian, byteCount == dtype.byteCount else { return false }
        switch dtype {
        case .bool: return kind == .bool
        case .uint8, .uint16, .uint32, .uint64: return kind == .unsigned
        case .int8, .int16, .int32, .int64: return kind == .signed
        case .float32, .float64: return kind == .float
        }
    }

    /// Reads `count` numbers at `raw`, converted to `Element`; `emit` gets position and value.
    ///
    /// Integers must fit; fractions never become integers; wide floats are rounded to the nearest.
    package func convert<Element: ArrayElement>(
        _ raw: UnsafeRawBufferPointer,
        to: Element.Type,
        name: String,
        emit: (Int, Element) -> Void
    ) throws(ArrayError) {
        switch (kind, byteCount) {
        case (.bool, _):
            try each(raw, UInt8.self, name: name, emit: emit) { $0 == 0 ? 0 : 1 }
        case (.unsigned, 1): try each(raw, UInt8.self, name: name, emit: emit) { UInt8(bigEndian: $0) }
        case (.unsigned, 2): try each(raw, UInt16.self, name: name, emit: emit) { UInt16(bigEndian: $0) }
        case (.unsigned, 4): try each(raw, UInt32.self, name: name, emit: emit) { UInt32(bigEndian: $0) }
        case (.unsigned, _): try each(raw, UInt64.self, name: name, emit: emit) { UInt64(bigEndian: $0) }
        case (.signed, 1): try each(raw, Int8.self, name: name, emit: emit) { Int8(bigEndian: $0) }
        case (.signed, 2): try each(raw, Int16.self, name: name, emit: emit) { Int16(bigEndian: $0) }
        case (.signed, 4): try each(raw, Int32.self, name: name, emit: emit) { Int32(bigEndian: $0) }
        case (.signed, _): try each(raw, Int64.self, name: name, emit: emit) { Int64(bigEndian: $0) }
        case (.float, 2): try eachFloat(raw, UInt16.self, name: name, emit: emit) { Double(Float16(bitPattern: $0)) }
        case (.float, 4): try eachFloat(raw, UInt32.self, name: name, emit: emit) { Double(Float(bitPattern: $0)) }
        case (.float, _): try eachFloat(raw, UInt64.self, name: name, emit: emit) { Double(bitPattern: $0) }
        }
    }

    private func each<Source: FixedWidthInteger & BitwiseCopyable, Element: ArrayElement>(
        _ raw: UnsafeRawBufferPointer,
        _: Source.Type,
        name: String,
        emit: (Int, Element) -> Void,
        swapped: (Source) -> Source
    ) throws(ArrayError) {
        for index in 0..<raw.count / byteCount {
            let bits = raw.loadUnaligned(fromByteOffset: index * byteCount, as: Source.self)
            let value = kind == .bool || bigEndian ? swapped(bits) : bits
            guard let element = Element.converting(value) else {
                throw .valueOutOfRange(name: name, index: index, value: "\(value)", expected: Element.dtype)
            }
            emit(index, element)
        }
    }

    private func eachFloat<Bits: FixedWidthInteger & BitwiseCopyable, Element: ArrayElement>(
        _ raw: UnsafeRawBufferPointer,
        _: Bits.Type,
        name: String,
        emit: (Int, Element) -> Void,
        decode: (Bits) -> Double
    ) throws(ArrayError) {
        for index in 0..<raw.count / byteCount {
            let bits = raw.loadUnaligned(fromByteOffset: index * byteCount, as: Bits.self)
            let value = decode(bigEndian ? Bits(bigEndian: bits) : bits)
            guard let element = Element.converting(value) else {
                throw .valueOutOfRange(name: name, index: index, value: "\(value)", expected: Element.dtype)
            }
            emit(index, element)
        }
    }
}
