/// Finds the objects of JSON Lines, or of one array of objects, and the line on which each starts. A state machine: UTF-8
/// is pushed in pieces of any size; no I/O. It knows strings and depth; what is inside is the parser's matter.
package struct JSONObjectSplitter {
    /// Bytes of one object: more is no row of a table.
    package static let longestObject = 16 << 20

    private let name: String
    private var line = 1
    private var startLine = 1
    /// The bytes of the object so far.
    private var object: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether the objects are elements of one array, and whether it has ended.
    private var isArray = false
    private var isEnded = false
    private var count = 0

    private let longest: Int

    /// - Parameter longest: bytes of one object
    package init(name: String, longest: Int = longestObject) {
        self.name = name
        self.longest = longest
    }

    /// Whether a file that starts like this has objects.
    package static func recognises(_ head: some Collection<UInt8>) -> Bool {
        var rest = head.dropFirst(head.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0)[...]
        func skipSpace() { rest = rest.drop { isSpace($0) } }
        skipSpace()
        if rest.first == 0x5b {
            rest = rest.dropFirst()
            skipSpace()
            // A list of texts holds no examples, but what is wrong with it is said in terms of JSON.
            if rest.first == 0x22 { return true }
        }
        guard rest.first == 0x7b else { return false }
        rest = rest.dropFirst()
        skipSpace()
        return rest.first == 0x22 || rest.first == 0x7d
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    /// Takes the next bytes; `body` gets each object that ends in them, braces included, and its line.
    package mutating func push(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>, Int) throws(IngestError) -> Void
    ) throws(IngestError) {
        var start = depth > 0 ? 0 : nil as Int?
        for (at, byte) in bytes.enumerated() {
            if byte == 0x0a { line += 1 }
            if depth == 0 {
                guard try between(byte) else { continue }
                (depth, start, startLine) = (1, at, line)
            } else if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5c {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                }
            } else if byte == 0x22 {
                isInString = true
            } else if byte == 0x7b || byte == 0x5b {
                depth += 1
            } else if byte == 0x7d || byte == 0x5d {
                depth -= 1
                guard depth == 0, let from = start else { continue }
                try end(bytes[from...at], body)
                start = nil
            }
        }
        if let start { object.append(contentsOf: bytes[start...]) }
        guard object.count <= longest else {
            throw .tableRow(
                place: "\(name):\(startLine)",
                expected: "an object of at most \(longest >> 20) MiB",
                got: "more"
            )
        }
    }

    /// The end of the file.
    package func finish() throws(IngestError) {
        guard depth == 0 else {
            throw .tableRow(
                place: "\(name):\(startLine)",
                expected: "an object that ends",
                got: "the end of the file"
            )
        }
    }

    private mutating func end(
        _ last: Slice<UnsafeBufferPointer<UInt8>>,
        _ body: (UnsafeBufferPointer<UInt8>, Int) throws(IngestError) -> Void
    ) throws(IngestError) {
        count += 1
        if object.isEmpty { return try body(UnsafeBufferPointer(rebasing: last), startLine) }
        object.append(contentsOf: last)
        try object.withUnsafeBufferPointer { whole -> Result<Void, IngestError> in
            Result { () throws(IngestError) in try body(whole, startLine) }
        }.get()
        object.removeAll(keepingCapacity: true)
    }

    /// A byte outside objects. Returns whether one starts.
    private mutating func between(_ byte: UInt8) throws(IngestError) -> Bool {
        if Self.isSpace(byte) || byte == 0x1a { return false }
        if !isEnded {
            switch byte {
            case 0x7b: return true
            case 0x5b where count == 0 && !isArray:
                isArray = true
                return false
            case 0x2c where isArray && count > 0: return false
            case 0x5d where isArray:
                isEnded = true
                return false
            default: break
            }
        }
        throw .tableRow(
            place: "\(name):\(line)",
            expected: "a JSON object on each line, like {\"text\": \"...\", \"label\": \"...\"}",
            got: String(decoding: [byte], as: UTF8.self)
        )
    }
}
