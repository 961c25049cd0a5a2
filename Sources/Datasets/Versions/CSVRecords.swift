/// The records of a CSV file (RFC 4180; line ends may be LF alone), each with the line that it starts on.
struct CSVRecords {
    struct Record: Hashable {
        /// 1-based.
        var line: Int
        var cells: [String]
    }

    /// A file that is no CSV, and where.
    struct Fault: Error, Hashable {
        var line: Int
        var detail: String
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var line = 1

    /// - Parameter bytes: valid as long as this value is used
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // What spreadsheets put before UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next record that is not an empty line; nil at the end.
    mutating func next() throws(Fault) -> Record? {
        while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D { lineEnd() }
        guard position < bytes.count else { return nil }
        var record = Record(line: line, cells: [])
        while true {
            record.cells.append(try cell())
            guard position < bytes.count else { return record }
            if bytes[position] == UInt8(ascii: ",") {
                position += 1
            } else {
                lineEnd()
                return record
            }
        }
    }

    private mutating func lineEnd() {
        if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A { position += 1 }
        position += 1
        line += 1
    }

    /// A comma or a line end.
    private static func endsCell(_ byte: UInt8) -> Bool { byte == 0x2C || byte == 0x0A || byte == 0x0D }

    private mutating func cell() throws(Fault) -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, !Self.endsCell(bytes[position]) { position += 1 }
            return try text(bytes[start..<position])
        }
        let opened = line
        position += 1
        var content: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                if position < bytes.count, bytes[position] == byte {
                    position += 1
                } else if position == bytes.count || Self.endsCell(bytes[position]) {
                    return try text(content[...])
                } else {
                    throw Fault(line: line, detail: "a quoted cell goes on after its closing quote")
                }
            } else if byte == 0x0A {
                line += 1
            }
            content.append(byte)
        }
        throw Fault(line: opened, detail: "a quote is opened here and never closed")
    }

    private func text(_ bytes: some Collection<UInt8>) throws(Fault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(line: line, detail: "it is not UTF-8")
        }
        return text
    }
}
