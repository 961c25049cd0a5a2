/// An IDX file (Yann LeCun's MNIST page): two zero bytes, a type byte, the rank, each extent as a big-endian 32-bit
/// number, then the values, big-endian, row by row. Bytes are pushed in pieces of any size; no I/O.
struct IDXParser {
    /// The type byte.
    enum Kind: UInt8 {
        case uint8 = 0x08
        case int8 = 0x09
        case int16 = 0x0b
        case int32 = 0x0c
        case float32 = 0x0d
        case float64 = 0x0e

        var bytes: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16: 2
            case .int32, .float32: 4
            case .float64: 8
            }
        }
    }

    private let name: String
    private let limits: IngestLimits
    private var header: [UInt8] = []
    private var kind = Kind.uint8
    private(set) var shape: [Int] = []
    private var expected: Int?
    private var data: [UInt8] = []

    /// - Parameters:
    ///   - name: for messages
    ///   - limits: bound rows and bytes
    init(name: String, limits: IngestLimits) {
        self.name = name
        self.limits = limits
    }

    /// Whether a file that starts like this is IDX: up to four extents, none of the sizes absurd.
    static func recognises(_ head: [UInt8]) -> Bool {
        head.count >= 8 && head[0] == 0 && head[1] == 0 && Kind(rawValue: head[2]) != nil && (1...4).contains(head[3])
    }

    mutating func push(_ piece: UnsafeRawBufferPointer) throws(IngestError) {
        var rest = piece[...]
        while expected == nil, let byte = rest.popFirst() {
            header.append(byte)
            try parseHeader()
        }
        guard let expected, !rest.isEmpty else { return }
        guard data.count + rest.count <= expected else {
            throw .damagedIDX(
                name: name,
                expected: "\(expected) bytes of data for shape \(shape)",
                got: "more than that"
            )
        }
        data.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest))
    }

    private mutating func parseHeader() throws(IngestError) {
        guard header.count >= 4 else { return }
        guard header[0] == 0, header[1] == 0, let kind = Kind(rawValue: header[2]), (1...4).contains(header[3]) else {
            let got = header.prefix(4).map(String.init).joined(separator: " ")
            throw .damagedIDX(name: name, expected: "an IDX header (0 0 type rank)", got: got)
        }
        guard header.count == 4 + 4 * Int(header[3]) else { return }
        self.kind = kind
        shape = stride(from: 4, to: header.count, by: 4).map { at in
            header[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard shape[0] <= limits.examples else {
            throw .tooLarge(what: "rows in \(name)", got: shape[0], limit: limits.examples)
        }
        var bytes = kind.bytes
        for extent in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= limits.exampleBytes else {
                throw .tooLarge(what: "bytes in \(name)", got: overflow ? .max : product, limit: limits.exampleBytes)
            }
            bytes = product
        }
        guard bytes > 0 else { throw .damagedIDX(name: name, expected: "at least one value", got: "shape \(shape)") }
        expected = bytes
    }

    private func complete() throws(IngestError) {
        guard let expected else {
            throw .damagedIDX(name: name, expected: "an IDX header", got: "the end of the file")
        }
        guard data.count == expected else {
            throw .damagedIDX(
                name: name,
                expected: "\(expected) bytes of data for shape \(shape)",
                got: "\(data.count)"
            )
        }
    }

    /// The values as examples.
    func examples() throws(IngestError) -> NumericArray {
        try complete()
        let values: NumericArray.Values =
            switch kind {
            case .uint8: .bytes(data)
            case .int8, .int16, .int32: .floats(integers().map(Float.init), integral: true)
            case .float32, .float64: .floats(floats().map { Float($0) }, integral: false)
            }
        return NumericArray(name: name, shape: shape, values: values)
    }

    /// The values as labels.
    func labels() throws(IngestError) -> LabelColumn.Raw {
        try complete()
        switch kind {
        case .float32, .float64: return .floats(floats())
        case .uint8, .int8, .int16, .int32: return .integers(integers())
        }
    }

    private func integers() -> [Int64] {
        switch kind {
        case .uint8: data.map(Int64.init)
        case .int8: data.map { Int64(Int8(bitPattern: $0)) }
        case .int16: words(UInt16.self).map { Int64(Int16(bitPattern: $0)) }
        default: words(UInt32.self).map { Int64(Int32(bitPattern: $0)) }
        }
    }

    private func floats() -> [Double] {
        kind == .float32
            ? words(UInt32.self).map { Double(Float(bitPattern: $0)) }
            : words(UInt64.self).map { Double(bitPattern: $0) }
    }

    private func words<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> [Word] {
        data.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: MemoryLayout<Word>.size).map {
                Word(bigEndian: raw.loadUnaligned(fromByteOffset: $0, as: Word.self))
            }
        }
    }
}
