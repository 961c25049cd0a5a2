/// A parser of `multipart/form-data` (RFC 7578): bytes in, events out, bounded memory. Names and file names are data;
/// nothing here turns them into paths.
public struct MultipartParser: Sendable {
    /// The sizes at which the parser gives up. Part bodies are limited by whoever reads them.
    public struct Limits: Sendable, Hashable {
        /// Parts of one body.
        public var parts: Int
        /// Bytes of the header fields of one part.
        public var partHeadBytes: Int

        /// Limits.
        public init(parts: Int = 100_000, partHeadBytes: Int = 8 * 1024) {
            self.parts = parts
            self.partHeadBytes = partHeadBytes
        }
    }

    /// What the bytes turned out to be.
    public enum Event: Sendable, Hashable {
        /// A part begins.
        case part(MultipartHead)
        /// Bytes of its content, never none.
        case content([UInt8])
        /// It is complete.
        case partEnd
        /// The closing delimiter; what follows is dropped.
        case end
        /// The body cannot be read any further.
        case failed(MultipartFault)
    }

    private enum State: Sendable {
        case preamble
        case delimiterEnd
        case head
        case contentStart
        case content
        case epilogue
        case failed
    }

    private let limits: Limits
    /// CR LF `--` boundary.
    private let delimiter: [UInt8]
    /// Bytes that cannot be judged yet. It starts with the CR LF that the first delimiter may lack.
    private var buffer: [UInt8] = [ASCII.carriageReturn, ASCII.lineFeed]
    private var state = State.preamble
    private var partCount = 0

    /// A parser for one body.
    ///
    /// - Throws: `MultipartFault.invalidBoundary` unless the boundary has 1 to 70 visible characters or blanks and does
    ///   not end with a blank (RFC 2046 section 5.1.1).
    public init(boundary: String, limits: Limits = Limits()) throws(MultipartFault) {
        let bytes = Array(boundary.utf8)
        guard (1...70).contains(bytes.count), bytes.last != ASCII.space,
            bytes.allSatisfy({ ByteClass.isVisible($0) || $0 == ASCII.space })
        else { throw .invalidBoundary }
        delimiter = Array("\r\n--".utf8) + bytes
        self.limits = limits
    }

    /// Takes in `bytes` and returns all they complete.
    public mutating func feed(_ bytes: some Collection<UInt8>) -> [Event] {
        buffer += bytes
        var events: [Event] = []
        do throws(MultipartFault) {
            while try step(&events) {}
        } catch {
            events.append(.failed(error))
            state = .failed
            buffer = []
        }
        return events
    }

    /// The body has ended. `nil` when the closing delimiter, or an earlier fault, has been seen.
    public func finish() -> MultipartFault? {
        switch state {
        case .epilogue, .failed: nil
        default: .truncated
        }
    }

    /// Does what it can with the buffer; `false` when more bytes are needed.
    private mutating func step(_ events: inout [Event]) throws(MultipartFault) -> Bool {
        switch state {
        case .preamble, .content:
            return skipToDelimiter(&events)
        case .delimiterEnd:
            return try readDelimiterEnd(&events)
        case .head:
            return try readHead(&events)
        case .contentStart:
            return startContent()
        case .epilogue, .failed:
            buffer.removeAll()
            return false
        }
    }

    private mutating func skipToDelimiter(_ events: inout [Event]) -> Bool {
        let isContent = if case .content = state { true } else { false }
        let found = buffer.firstIndex(ofPattern: delimiter)
        // A delimiter may have begun at the end of what is there.
        let end = found ?? max(0, buffer.count - delimiter.count + 1)
        if isContent && end > 0 { events.append(.content(Array(buffer[..<end]))) }
        guard found != nil else {
            buffer.removeFirst(end)
            return false
        }
        if isContent { events.append(.partEnd) }
        buffer.removeFirst(end + delimiter.count)
        state = .delimiterEnd
        return true
    }

    /// After a delimiter: `--` ends the body, blanks and CR LF begin a part. Anything else would be a boundary that is
    /// the beginning of a line of content, which the sender has to rule out.
    private mutating func readDelimiterEnd(_ events: inout [Event]) throws(MultipartFault) -> Bool {
        let padding = buffer.prefix { $0 == ASCII.space || $0 == ASCII.tab }.count
        if padding > 256 { throw .malformedDelimiter }
        let rest = buffer[padding...].prefix(2)
        guard rest.count == 2 else {
            if let first = rest.first, first != ASCII.hyphen && first != ASCII.carriageReturn {
                throw .malformedDelimiter
            }
            return false
        }
        if padding == 0 && rest.elementsEqual([ASCII.hyphen, ASCII.hyphen]) {
            events.append(.end)
            state = .epilogue
            return true
        }
        guard rest.elementsEqual([ASCII.carriageReturn, ASCII.lineFeed]) else { throw .malformedDelimiter }
        partCount += 1
        if partCount > limits.parts { throw .tooManyParts(limit: limits.parts) }
        // The line end stays, so that a part without any field ends with the same four bytes as one with some.
        buffer.removeFirst(padding)
        state = .head
        return true
    }

    private mutating func readHead(_ events: inout [Event]) throws(MultipartFault) -> Bool {
        let end = buffer.firstIndex(ofPattern: Array("\r\n\r\n".utf8))
        guard (end ?? buffer.count) <= limits.partHeadBytes + 2 else {
            throw .partHeadTooLarge(limit: limits.partHeadBytes)
        }
        guard let end else { return false }
        events.append(.part(try MultipartHead(parsing: buffer[..<end].dropFirst(2))))
        buffer.removeFirst(end + 2)
        state = .contentStart
        return true
    }

    /// A part may have no content at all; the line end of its last field is then that of the delimiter.
    private mutating func startContent() -> Bool {
        let compared = min(buffer.count, delimiter.count)
        if buffer[..<compared] == delimiter[..<compared] {
            if compared < delimiter.count { return false }
        } else {
            buffer.removeFirst(2)
        }
        state = .content
        return true
    }
}

extension [UInt8] {
    /// Where `pattern` first begins, if all of it is there.
    fileprivate func firstIndex(ofPattern pattern: [UInt8]) -> Int? {
        withUnsafeBufferPointer { bytes in
            pattern.withUnsafeBufferPointer { pattern in
                var position = 0
                while position + pattern.count <= bytes.count {
                    if bytes[position] == pattern[0] {
                        var matched = 1
                        while matched < pattern.count && bytes[position + matched] == pattern[matched] { matched += 1 }
                        if matched == pattern.count { return position }
                    }
                    position += 1
                }
                return nil
            }
        }
    }
}
