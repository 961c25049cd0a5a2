/// Splits delimited text into records (RFC 4180): quoted cells may hold separators, line ends and doubled quotes. A state
/// machine: UTF-8 bytes are pushed in pieces of any size; no I/O.
///
/// Beyond the RFC, as files really come: lines may end with LF, CR LF or CR; spaces around an unquoted cell are dropped;
/// empty lines are passed over; a quote inside an unquoted cell, and text behind a closing quote, are taken as they stand
/// (but see `Dialect.isStrict`).
package struct CSVParser {
    /// How cells are told apart.
    package struct Dialect: Hashable {
        /// `,` `;` `|` or a tab.
        package var separator: UInt8
        /// Whether a quote at the start of a cell opens a quoted one.
        package var hasQuotes: Bool
        /// Whether text behind a closing quote is an error: the sign of a file whose quotes mean nothing.
        package var isStrict: Bool
        /// Whether spaces around an unquoted cell are no part of it.
        package var trims: Bool
        /// Whether a backslash in a quoted cell stands before a quote that is text.
        package var hasBackslashes = false
        /// Whether spaces separate, however many.
        var isSpaced: Bool { separator == 0x20 }

        package init(separator: UInt8, hasQuotes: Bool = true, isStrict: Bool = false, trims: Bool = true) {
            self.trims = trims
            self.separator = separator
            self.hasQuotes = hasQuotes
            self.isStrict = isStrict
        }
    }

    /// Bytes of one record: a quote that nobody closes would otherwise take the rest of the file into memory.
    package static let longestRecord = 16 << 20

    private enum State {
        /// Before the first byte of a cell that is no space.
        case start
        case unquoted
        case quoted
        /// Behind a quote in a quoted cell: its end, or the first half of a doubled one.
        case quote
        /// Behind a backslash in a quoted cell.
        case escape
    }

    private static let (quote, lineFeed, carriageReturn): (UInt8, UInt8, UInt8) = (0x22, 0x0a, 0x0d)
    private static let backslash: UInt8 = 0x5c

    private let dialect: Dialect
    private let name: String
    private let limits: IngestLimits
    private var state = State.start
    private var record = TableRecord()
    private var cellStart = 0
    private var cellIsQuoted = false
    private var line = 1
    /// The line on which the open quote stands.
    private var quoteLine = 1
    private var afterCarriageReturn = false

    /// - Parameters:
    ///   - name: of the file, for messages
    ///   - limits: bound the number of cells
    package init(_ dialect: Dialect, name: String, limits: IngestLimits) {
        self.dialect = dialect
        self.name = name
        self.limits = limits
        record.clear(line: 1)
    }

    /// Takes the next bytes; `body` gets each record that ends in them and says whether to go on.
    /// - Returns: whether `body` wants more
    package mutating func push(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ body: (inout TableRecord) throws(IngestError) -> Bool
    ) throws(IngestError) -> Bool {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if afterCarriageReturn {
                afterCarriageReturn = false
                if byte == Self.lineFeed {
                    at += 1
                    continue
                }
            }
            switch state {
            case .quoted:
                // The run up to the next quote, in one piece.
                var end = at
                while end < bytes.count, bytes[end] != Self.quote,
                    bytes[end] != Self.backslash || !dialect.hasBackslashes
                {
                    if bytes[end] == Self.lineFeed { line += 1 }
                    end += 1
                }
                record.append(bytes[at..<end])
                try checkSize()
                at = end
                if end < bytes.count {
                    state = bytes[end] == Self.quote ? .quote : .escape
                    at += 1
                }
            case .escape:
                // Before anything else than a quote or another backslash it stands for itself.
                if byte != Self.quote, byte != Self.backslash { record.append(Self.backslash) }
                if byte == Self.lineFeed { line += 1 }
                record.append(byte)
                state = .quoted
                at += 1
            case .quote where byte == Self.quote:
                record.append(byte)
                state = .quoted
                at += 1
            case .start where byte == Self.quote && dialect.hasQuotes:
                record.truncate(to: cellStart)
                cellIsQuoted = true
                quoteLine = line
                state = .quoted
                at += 1
            case .start, .unquoted, .quote:
                if byte == dialect.separator {
                    // Spaces before the first cell, and further ones between two, separate nothing.
                    if !dialect.isSpaced || state != .start { try endCell() }
                    at += 1
                } else if byte == Self.lineFeed || byte == Self.carriageReturn {
                    afterCarriageReturn = byte == Self.carriageReturn
                    at += 1
                    guard try endRecord(body) else { return false }
                } else if state == .quote {
                    if byte != 0x20, byte != 0x09 {
                        if dialect.isStrict {
                            throw .tableRow(
                                place: "\(name):\(line)",
                                expected: "a separator behind the closing quote",
                                got: "more text"
                            )
                        }
                        state = .unquoted
                        record.append(byte)
                    }
                    at += 1
                } else if state == .start, byte == 0x20 || byte == 0x09 {
                    record.append(byte)
                    at += 1
                } else {
                    state = .unquoted
                    var end = at + 1
                    while end < bytes.count, bytes[end] != dialect.separator, bytes[end] != Self.lineFeed,
                        bytes[end] != Self.carriageReturn
                    {
                        end += 1
                    }
                    record.append(bytes[at..<end])
                    try checkSize()
                    at = end
                }
            }
        }
        return true
    }

    /// The end of the file; a last record without a line end is one.
    package mutating func finish(_ body: (inout TableRecord) throws(IngestError) -> Bool) throws(IngestError) {
        if state == .quoted || state == .escape {
            throw .tableRow(
                place: "\(name):\(quoteLine)",
                expected: "a closing quote for the cell that starts here",
                got: "the end of the file"
            )
        }
        _ = try endRecord(body)
    }

    private mutating func endCell() throws(IngestError) {
        record.endCell(from: cellStart, trimmed: dialect.trims && !cellIsQuoted)
        guard record.count <= limits.features else {
            throw .tooLarge(what: "columns in \(name)", got: record.count, limit: limits.features)
        }
        cellStart = record.size
        cellIsQuoted = false
        state = .start
    }

    private mutating func endRecord(
        _ body: (inout TableRecord) throws(IngestError) -> Bool
    ) throws(IngestError) -> Bool {
        let wasQuoted = cellIsQuoted
        if !dialect.isSpaced || state != .start || record.count == 0 { try endCell() }
        var wanted = true
        let isEmpty = record.count == 1 && !wasQuoted && record.text(0).isEmpty
        if !isEmpty { wanted = try body(&record) }
        line += 1
        record.clear(line: line)
        cellStart = 0
        return wanted
    }

    private func checkSize() throws(IngestError) {
        guard record.size <= Self.longestRecord else {
            throw .tableRow(
                place: "\(name):\(record.line)",
                expected: "a record of at most \(Self.longestRecord >> 20) MiB",
                got: state == .quoted ? "more; the quote opened on line \(quoteLine) does not close" : "more"
            )
        }
    }
}
