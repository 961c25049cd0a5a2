/// Reads one JSON object (RFC 8259) into a record: strings, numbers, true and false are cells, null is a missing one, an
/// array of numbers is as many cells, an array of texts one. Objects and arrays of them are passed over, and named.
package struct JSONObjectParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let place: String
    private var at = 0
    /// Keys whose values are objects, or arrays of objects, arrays or a mixture.
    package private(set) var nested: [String] = []
    /// Keys whose values are arrays of several texts.
    package private(set) var joined: [String] = []

    /// - Parameters:
    ///   - object: UTF-8, braces included; it must outlive the parser
    ///   - place: for messages
    package init(_ object: UnsafeBufferPointer<UInt8>, place: String) {
        bytes = object
        self.place = place
    }

    /// Appends the cells to `record`, each as the text that a CSV would have; `column` numbers a key.
    package mutating func parse(
        into record: inout TableRecord,
        column: (String) throws(IngestError) -> Int
    ) throws(IngestError) {
        var keys: Set<String> = []
        try expect(0x7b, "{")
        skipSpace()
        if peek == 0x7d {
            at += 1
        } else {
            while true {
                skipSpace()
                let key = try string("a key in quotes")
                guard keys.insert(key).inserted else { throw wrong("each key once", "\"\(key)\" twice") }
                skipSpace()
                try expect(0x3a, "a colon behind the key \"\(key)\"")
                try value(key, into: &record, column)
                skipSpace()
                if peek == 0x2c {
                    at += 1
                    continue
                }
                try expect(0x7d, "a comma or the end of the object behind the value of \"\(key)\"")
                break
            }
        }
        guard at == bytes.count else { throw wrong("the end of the object", found) }
    }

    private mutating func value(
        _ key: String,
        into record: inout TableRecord,
        _ column: (String) throws(IngestError) -> Int
    ) throws(IngestError) {
        skipSpace()
        let start = record.size
        switch peek {
        case 0x22: record.append(try string("a value").utf8)
        case 0x5b:
            let isOfTexts = arrayHolds(0x22)
            if isOfTexts || arrayHolds(0x5b) || arrayHolds(0x7b) {
                let isRead = isOfTexts ? try texts(key, into: &record) : false
                guard isRead else {
                    record.truncate(to: start)
                    try skip()
                    nested.append(key)
                    return
                }
            } else {
                at += 1
                try numbers(key, into: &record, column)
                return
            }
        case 0x7b:
            try skip()
            nested.append(key)
            return
        default: try scalar(key, into: &record)
        }
        record.setCell(try column(key), from: start)
    }

    /// Whether the first value of the array that begins here starts with a byte.
    private func arrayHolds(_ byte: UInt8) -> Bool {
        var place = at + 1
        while place < bytes.count, bytes[place] == 0x20 || (0x09...0x0d).contains(bytes[place]) { place += 1 }
        return place < bytes.count && bytes[place] == byte
    }

    /// Appends the texts of an array, joined by spaces; false, with nothing read, where it holds something else too.
    private mutating func texts(_ key: String, into record: inout TableRecord) throws(IngestError) -> Bool {
        let back = at
        at += 1
        var count = 0
        while true {
            skipSpace()
            guard peek == 0x22 else {
                at = back
                return false
            }
            if count > 0 { record.append(0x20) }
            record.append(try string("a text in \"\(key)\"").utf8)
            count += 1
            skipSpace()
            if peek == 0x2c {
                at += 1
                continue
            }
            guard peek == 0x5d else { throw wrong("a comma or the end of the array \"\(key)\"", found) }
            at += 1
            if count > 1 { joined.append(key) }
            return true
        }
    }

    /// Passes over an object or array, whatever is in it.
    private mutating func skip() throws(IngestError) {
        var open: [UInt8] = []
        repeat {
            skipSpace()
            guard let byte = peek else { throw wrong("the end of the value", found) }
            switch byte {
            case 0x22: _ = try string("a text")
            case 0x7b, 0x5b:
                guard open.count < Self.deepest else { throw wrong("at most \(Self.deepest) levels", "more") }
                open.append(byte + 2)
                at += 1
            case 0x7d, 0x5d:
                guard open.last == byte else { throw wrong("a value that ends as it began", found) }
                open.removeLast()
                at += 1
            default: at += 1
            }
        } while !open.isEmpty
    }

    /// Levels of a value that is passed over.
    private static let deepest = 256

    private mutating func scalar(_ key: String, into record: inout TableRecord) throws(IngestError) {
        let start = at
        while let byte = peek, byte > 0x20, byte != 0x2c, byte != 0x5d, byte != 0x7d { at += 1 }
        let word = UnsafeBufferPointer(rebasing: bytes[start..<at])
        if word.elementsEqual("null".utf8) || word.elementsEqual("NaN".utf8) { return }
        guard
            word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8)
                || CellNumber.value(of: word, decimalComma: false) != nil
        else {
            let text = String(decoding: word.prefix(40), as: UTF8.self)
            throw wrong("a value of \"\(key)\"", text.isEmpty ? found : text)
        }
        record.append(word)
    }

    private mutating func numbers(
        _ key: String,
        into record: inout TableRecord,
        _ column: (String) throws(IngestError) -> Int
    ) throws(IngestError) {
        var count = 0
        skipSpace()
        while peek != 0x5d {
            skipSpace()
            let start = record.size
            if let byte = peek, byte == 0x22 || byte == 0x5b || byte == 0x7b {
                throw wrong("numbers in the array \"\(key)\"", byte == 0x22 ? "text" : "a deeper value")
            }
            try scalar("\(key)[\(count)]", into: &record)
            record.setCell(try column("\(key)[\(count)]"), from: start)
            count += 1
            skipSpace()
            if peek == 0x2c {
                at += 1
                skipSpace()
                guard peek != 0x5d else { throw wrong("a number behind the comma in \"\(key)\"", found) }
            } else if peek != 0x5d {
                throw wrong("a comma or the end of the array \"\(key)\"", found)
            }
        }
        at += 1
    }

    // MARK: Strings

    private mutating func string(_ expected: String) throws(IngestError) -> String {
        guard peek == 0x22 else { throw wrong(expected, found) }
        at += 1
        let start = at
        while let byte = peek, byte != 0x22, byte != 0x5c { at += 1 }
        var text = Array(bytes[start..<at])
        while true {
            guard let byte = peek else { throw wrong("the end of the text", found) }
            at += 1
            if byte == 0x22 { break }
            if byte == 0x5c { try escape(&text) } else { text.append(byte) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escape(_ text: inout [UInt8]) throws(IngestError) {
        guard let byte = peek else { throw wrong("an escape", found) }
        at += 1
        switch byte {
        case 0x22, 0x5c, 0x2f: text.append(byte)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0c)
        case 0x6e: text.append(0x0a)
        case 0x72: text.append(0x0d)
        case 0x74: text.append(0x09)
        case 0x75:
            var scalar = try hexadecimal()
            if (0xd800..<0xdc00).contains(scalar), at + 1 < bytes.count, bytes[at] == 0x5c, bytes[at + 1] == 0x75 {
                let back = at
                at += 2
                let low = try hexadecimal()
                if (0xdc00..<0xe000).contains(low) {
                    scalar = 0x10000 + (scalar - 0xd800) << 10 + (low - 0xdc00)
                } else {
                    at = back
                }
            }
            // A half of a pair alone is the replacement character.
            text.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8)
        default: throw wrong("an escape that JSON has", "\\" + String(decoding: [byte], as: UTF8.self))
        }
    }

    private mutating func hexadecimal() throws(IngestError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw wrong("four hexadecimal digits", found) }
        var value: UInt32 = 0
        for byte in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("four hexadecimal digits", String(decoding: bytes[at..<at + 4], as: UTF8.self))
            }
            value = value << 4 | UInt32(digit)
        }
        at += 4
        return value
    }

    // MARK: Bytes

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || (0x09...0x0d).contains(byte) { at += 1 }
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws(IngestError) {
        guard peek == byte else { throw wrong(what, found) }
        at += 1
    }

    private var found: String {
        at < bytes.count ? "'\(String(decoding: bytes[at..<min(at + 12, bytes.count)], as: UTF8.self))'" : "the end"
    }

    private func wrong(_ expected: String, _ got: String) -> IngestError {
        .tableRow(place: place, expected: expected, got: got)
    }
}
