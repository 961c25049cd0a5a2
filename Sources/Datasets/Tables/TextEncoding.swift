/// How a text file says its characters: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252 (of which
/// Latin-1 is a part, as the WHATWG Encoding Standard has it).
package enum TextEncoding: Hashable {
    case utf8
    case utf16LittleEndian
    case utf16BigEndian
    case windows1252

    /// For the reading.
    var name: String {
        switch self {
        case .utf8: "utf-8"
        case .utf16LittleEndian: "utf-16le"
        case .utf16BigEndian: "utf-16be"
        case .windows1252: "windows-1252"
        }
    }

    /// The byte order marks, which are no text.
    static let marks: [(TextEncoding, [UInt8])] = [
        (.utf8, [0xef, 0xbb, 0xbf]), (.utf16LittleEndian, [0xff, 0xfe]), (.utf16BigEndian, [0xfe, 0xff]),
    ]

    /// The encoding that a mark at the start names, and the length of the mark.
    static func marked(_ head: some Collection<UInt8>) -> (TextEncoding, length: Int)? {
        marks.first { head.starts(with: $0.1) }.map { ($0.0, $0.1.count) }
    }

    /// Whether a file that starts like this can be text at all: no control characters but tabs, line and page ends, and
    /// a final Control-Z.
    package static func looksLikeText(_ head: some Collection<UInt8>) -> Bool {
        guard !head.isEmpty else { return false }
        if let (encoding, length) = marked(head), encoding != .utf8 { return head.count > length }
        return head.allSatisfy { $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) || $0 == 0x1a }
    }
}

/// Finds out whether bytes are UTF-8, and if not, where they stop being it. Pushed in pieces of any size.
struct UTF8Check {
    /// The line with the first byte that is not UTF-8, from 1.
    private(set) var firstBadLine: Int?
    private var line = 1
    /// Continuation bytes still due, and the range that the next one must be in (Unicode table 3-7).
    private var due = 0
    private var next: ClosedRange<UInt8> = 0x80...0xbf

    mutating func push(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard firstBadLine == nil else { return }
        for byte in bytes {
            if due == 0, byte < 0x80 {
                if byte == 0x0a { line += 1 }
                continue
            }
            if due > 0 {
                guard next.contains(byte) else { return firstBadLine = line }
                due -= 1
                next = 0x80...0xbf
                continue
            }
            switch byte {
            case 0xc2...0xdf: due = 1
            case 0xe0: (due, next) = (2, 0xa0...0xbf)
            case 0xe1...0xec, 0xee, 0xef: due = 2
            case 0xed: (due, next) = (2, 0x80...0x9f)
            case 0xf0: (due, next) = (3, 0x90...0xbf)
            case 0xf1...0xf3: due = 3
            case 0xf4: (due, next) = (3, 0x80...0x8f)
            default: return firstBadLine = line
            }
        }
    }

    mutating func finish() {
        if due > 0, firstBadLine == nil { firstBadLine = line }
    }
}

/// Turns the bytes of a file into UTF-8, piece by piece; a mark at the start is dropped.
struct UTF8Transcoder {
    private let encoding: TextEncoding
    private var skip: Int
    private var output: [UInt8] = []
    /// Half a code unit, and a high surrogate that waits for its partner.
    private var pendingByte: UInt8?
    private var highSurrogate: UInt16?

    /// - Parameter head: the first bytes of the file, which may be a mark
    init(_ encoding: TextEncoding, head: [UInt8]) {
        self.encoding = encoding
        skip = TextEncoding.marked(head)?.length ?? 0
    }

    /// Gives the bytes as UTF-8.
    mutating func push<Result>(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) throws(IngestError) -> Result
    ) throws(IngestError) -> Result {
        let marked = min(skip, bytes.count)
        skip -= marked
        let bytes = UnsafeBufferPointer(rebasing: bytes[marked...])
        if encoding == .utf8 { return try body(bytes) }
        output.removeAll(keepingCapacity: true)
        switch encoding {
        case .windows1252: for byte in bytes { append(Self.windows1252(byte)) }
        default: for byte in bytes { pushHalf(byte) }
        }
        return try output.withUnsafeBufferPointer { utf8 -> Swift.Result<Result, IngestError> in
            Swift.Result { () throws(IngestError) in try body(utf8) }
        }.get()
    }

    private mutating func pushHalf(_ byte: UInt8) {
        guard let first = pendingByte else { return pendingByte = byte }
        pendingByte = nil
        let unit =
            encoding == .utf16LittleEndian
            ? UInt16(byte) << 8 | UInt16(first) : UInt16(first) << 8 | UInt16(byte)
        if let high = highSurrogate {
            highSurrogate = nil
            if UTF16.isTrailSurrogate(unit) {
                return append(0x10000 + (UInt32(high) - 0xd800) << 10 + (UInt32(unit) - 0xdc00))
            }
            append(0xfffd)
        }
        if UTF16.isLeadSurrogate(unit) {
            highSurrogate = unit
        } else {
            append(UTF16.isTrailSurrogate(unit) ? 0xfffd : UInt32(unit))
        }
    }

    private mutating func append(_ scalar: UInt32) {
        if scalar < 0x80 { return output.append(UInt8(scalar)) }
        // Surrogates have been dealt with, and nothing here is above U+10FFFF.
        guard let encoded = Unicode.Scalar(scalar).map({ UTF8.encode($0) }) ?? nil else { return }
        output.append(contentsOf: encoded)
    }

    private static func windows1252(_ byte: UInt8) -> UInt32 {
        (0x80..<0xa0).contains(byte) ? UInt32(high[Int(byte) - 0x80]) : UInt32(byte)
    }

    /// 0x80...0x9f of the index of windows-1252 (WHATWG Encoding Standard); the rest is Latin-1.
    private static let high: [UInt16] = [
        0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d,
        0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
        0x0153, 0x009d, 0x017e, 0x0178,
    ]
}
