/// The header of an NPY file: magic, version, length, then a Python dictionary literal with `descr`, `fortran_order`
/// and `shape`, padded so that the data are aligned to 64 bytes (NumPy's `numpy.lib.format`, versions 1.0 to 3.0).
public struct NPYHeader: Sendable, Hashable {
    /// Extents, slowest first (in C order).
    public var shape: [Int]
    /// The raw NumPy type string, for instance `<f4`, `|u1`, `>i8`, `<U12`; of a structured type the text as it stands.
    public var dtype: String
    /// Column-major data.
    public var fortranOrder: Bool

    /// A header for row-major data of this type.
    public init(shape: [Int], dtype: String, fortranOrder: Bool = false) {
        self.shape = shape
        self.dtype = dtype
        self.fortranOrder = fortranOrder
    }

    /// Number of elements, or nil where the product of the extents overflows.
    public var count: Int? { elementCount(shape) }

    /// The longest header that is parsed. Structured types may be long; numbers never are.
    static let longestText = 1 << 16

    /// Parses the header at the start of `bytes`.
    ///
    /// - Returns: the header and the offset of the first byte of data.
    /// - Throws: `ArrayError` if the magic, the version or the dictionary is not as the format prescribes.
    public static func parse(_ bytes: some Collection<UInt8>, name: String = "array") throws(ArrayError) -> (
        header: NPYHeader, dataOffset: Int
    ) {
        let start = [UInt8](bytes.prefix(12 + longestText))
        return try start.withRawBytes { raw throws(ArrayError) in try parse(raw, name: name) }
    }

    static func parse(_ raw: UnsafeRawBufferPointer, name: String) throws(ArrayError) -> (
        header: NPYHeader, dataOffset: Int
    ) {
        guard raw.count >= 10, raw.prefix(6).elementsEqual(magic) else { throw .notNPY(name: name) }
        let textStart: Int
        let textLength: Int
        switch (raw[6], raw[7]) {
        case (1, 0):
            textStart = 10
            textLength = Int(raw[8]) | Int(raw[9]) << 8
        case (2, 0), (3, 0):
            guard raw.count >= 12 else { throw .badHeader(name: name, detail: "it ends within its length field") }
            textStart = 12
            textLength = Int(raw[8]) | Int(raw[9]) << 8 | Int(raw[10]) << 16 | Int(raw[11]) << 24
        default:
            throw .unsupportedVersion(name: name, got: "\(raw[6]).\(raw[7])")
        }
        guard textLength <= longestText else {
            throw .tooLarge(name: "\(name) (header)", limit: longestText, got: textLength)
        }
        guard raw.count >= textStart + textLength else {
            throw .badHeader(name: name, detail: "it ends after \(raw.count) of \(textStart + textLength) bytes")
        }
        let text = [UInt8](raw[textStart..<textStart + textLength])
        var parser = PythonLiteralParser(text: text, name: name)
        let header = try parser.header()
        return (header, textStart + textLength)
    }

    /// The header's bytes, version 1.0 (2.0 where the text is too long), padded so that the data start at a multiple
    /// of 64.
    public func encoded() -> [UInt8] {
        let extents = shapeText(shape)
        let order = fortranOrder ? "True" : "False"
        let quoted = dtype.hasPrefix("[") ? dtype : "'\(dtype)'"
        let text = Array("{'descr': \(quoted), 'fortran_order': \(order), 'shape': \(extents), }".utf8)
        let long = text.count + 1 + 10 + 64 > Int(UInt16.max)
        let prefix = long ? 12 : 10
        let unpadded = prefix + text.count + 1
        let padding = (64 - unpadded % 64) % 64
        let length = text.count + 1 + padding
        var bytes = Self.magic
        bytes += long ? [2, 0] : [1, 0]
        for shift in stride(from: 0, to: long ? 32 : 16, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: length >> shift))
        }
        bytes += text
        bytes += [UInt8](repeating: UInt8(ascii: " "), count: padding)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
}

/// Just enough of Python's literal syntax for an NPY header: one dictionary with string keys whose values are a string,
/// True/False or a tuple of integers. A list (structured type) is kept as text.
private struct PythonLiteralParser {
    let text: [UInt8]
    let name: String
    var position = 0

    init(text: [UInt8], name: String) {
        self.text = text
        self.name = name
    }

    mutating func header() throws(ArrayError) -> NPYHeader {
        var dtype: String?
        var fortranOrder: Bool?
        var shape: [Int]?
        try expect(UInt8(ascii: "{"))
        while !take(UInt8(ascii: "}")) {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            switch key {
            case "descr" where dtype == nil: dtype = try typeString()
            case "fortran_order" where fortranOrder == nil: fortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw fail("unexpected key '\(key)'")
            }
            if !take(UInt8(ascii: ",")) {
                try expect(UInt8(ascii: "}"))
                break
            }
        }
        skipSpace()
        guard position == text.count else { throw fail("text after the dictionary") }
        guard let dtype, let fortranOrder, let shape else {
            throw fail("descr, fortran_order and shape are all needed")
        }
        return NPYHeader(shape: shape, dtype: dtype, fortranOrder: fortranOrder)
    }

    private func fail(_ detail: String) -> ArrayError { .badHeader(name: name, detail: detail) }

    private mutating func skipSpace() {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D, 0x0C].contains(text[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(ArrayError) {
        guard take(byte) else {
            throw fail("expected '\(Character(UnicodeScalar(byte)))' at byte \(position)")
        }
    }

    private mutating func string() throws(ArrayError) -> String {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "\"") else {
            throw fail("expected a string at byte \(position)")
        }
        let quote = text[position]
        position += 1
        let start = position
        while position < text.count, text[position] != quote {
            guard text[position] != UInt8(ascii: "\\") else { throw fail("escape in a string") }
            position += 1
        }
        guard position < text.count else { throw fail("unterminated string") }
        let value = String(decoding: text[start..<position], as: UTF8.self)
        position += 1
        return value
    }

    /// A type string; a structured type is returned as its text, starting with `[`.
    private mutating func typeString() throws(ArrayError) -> String {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: "[") else { return try string() }
        let start = position
        var depth = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "["), UInt8(ascii: "("): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "'"):
                _ = try string()
                continue
            default: break
            }
            position += 1
            if depth == 0 { return String(decoding: text[start..<position], as: UTF8.self) }
        }
        throw fail("unterminated list")
    }

    private mutating func boolean() throws(ArrayError) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw fail("expected True or False at byte \(position)")
    }

    private mutating func tuple() throws(ArrayError) -> [Int] {
        try expect(UInt8(ascii: "("))
        var extents: [Int] = []
        while !take(UInt8(ascii: ")")) {
            extents.append(try integer())
            guard extents.count <= 32 else { throw fail("more than 32 dimensions") }
            if !take(UInt8(ascii: ",")) {
                guard extents.count > 1 else { throw fail("shape is not a tuple") }
                try expect(UInt8(ascii: ")"))
                break
            }
        }
        return extents
    }

    private mutating func integer() throws(ArrayError) -> Int {
        skipSpace()
        let start = position
        while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) { position += 1 }
        // Python 2 wrote long extents as 10L.
        guard let value = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
            throw fail("expected a non-negative integer at byte \(start)")
        }
        if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }
        return value
    }
}
