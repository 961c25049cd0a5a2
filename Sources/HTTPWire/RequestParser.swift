import HTTPTypes

/// A strict parser of HTTP/1.1 requests: bytes in, events out, no input or output of its own.
///
/// It follows RFC 9112 and leaves out every leniency that lets two parsers disagree on where a message ends. Bytes may
/// come in any pieces; the events are the same, except that body bytes may be cut differently. After a fault, and after
/// a request that said `Connection: close`, it drops whatever comes.
public struct RequestParser: Sendable {
    /// What the bytes turned out to be.
    public enum Event: Sendable, Hashable {
        /// A request begins.
        case head(RequestHead)
        /// Bytes of its body, never none.
        case body([UInt8])
        /// It is complete; trailer fields were checked and dropped.
        case end
        /// The connection has to be closed.
        case failed(HTTPFault)
    }

    enum State: Sendable {
        case start
        case emptyLineFeed
        case method
        case target
        case version
        case requestLineFeed
        case fieldStart
        case fieldName
        case fieldValue
        case fieldLineFeed
        case lastLineFeed
        case body(remaining: Int)
        case chunkSize
        case extensionNameStart
        case extensionName
        case extensionValueStart
        case extensionToken
        case extensionQuoted
        case extensionEscape
        case extensionQuotedEnd
        case chunkLineFeed
        case chunkData(remaining: Int)
        case chunkDataReturn
        case chunkDataLineFeed
        case complete
        /// Nothing more is expected: the client said so, or failed.
        case finished
    }

    let limits: WireLimits
    var state = State.start
    /// The token being read.
    var token: [UInt8] = []
    var message = MessageBuilder()
    /// Bytes of this head or trailer section so far.
    var sectionBytes = 0
    var skippedEmptyLine = false
    var inTrailer = false
    var chunkSize = 0
    var chunkDigits = 0
    var extensionBytes = 0

    /// A parser for one connection.
    public init(limits: WireLimits = WireLimits()) {
        self.limits = limits
    }

    /// Whether the parser is between two requests and has seen nothing of the next one.
    public var isBetweenMessages: Bool {
        if case .start = state { !skippedEmptyLine } else { false }
    }

    /// Takes in `bytes` and returns all they complete, pipelined requests included.
    public mutating func feed(_ bytes: some Collection<UInt8>) -> [Event] {
        var events: [Event] = []
        let bytes = Array(bytes)
        var position = 0
        while let event = next(bytes[...], &position) { events.append(event) }
        return events
    }

    /// The next event in `input` from `position` on, which is moved behind the bytes used; `nil` when all are used and
    /// more are needed. Whoever answers requests one by one stops calling this at `.end` and keeps the rest.
    public mutating func next(_ input: ArraySlice<UInt8>, _ position: inout Int) -> Event? {
        input.withUnsafeBufferPointer { next($0, &position) }
    }

    /// The same over a buffer.
    public mutating func next(_ input: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Event? {
        do throws(HTTPFault) {
            while true {
                switch state {
                case .complete:
                    state = message.keepAlive ? .start : .finished
                    skippedEmptyLine = false
                    return .end
                case .finished:
                    position = input.count
                    return nil
                case .body(let remaining), .chunkData(let remaining):
                    guard position < input.count else { return nil }
                    let count = min(remaining, input.count - position)
                    let bytes = [UInt8](input[position..<position + count])
                    position += count
                    advance(past: count, of: remaining)
                    return .body(bytes)
                default:
                    guard position < input.count else { return nil }
                    if let head = try consume(input, &position) { return .head(head) }
                }
            }
        } catch {
            state = .finished
            return .failed(error)
        }
    }

    private mutating func advance(past count: Int, of remaining: Int) {
        let left = remaining - count
        if case .body = state {
            state = left == 0 ? .complete : .body(remaining: left)
        } else {
            state = left == 0 ? .chunkDataReturn : .chunkData(remaining: left)
        }
    }

    /// Uses one byte, and in states that collect a token all bytes that belong to it.
    private mutating func consume(
        _ input: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) throws(HTTPFault) -> RequestHead? {
        let byte = input[position]
        position += 1
        switch state {
        case .chunkSize, .extensionNameStart, .extensionName, .extensionValueStart, .extensionToken, .extensionQuoted,
            .extensionEscape, .extensionQuotedEnd, .chunkLineFeed, .chunkDataReturn, .chunkDataLineFeed:
            try consumeChunkByte(byte)
            return nil
        default:
            sectionBytes += 1
            if sectionBytes > limits.headBytes { throw .headTooLarge(limit: limits.headBytes) }
            return try consumeHeadByte(byte, input, &position)
        }
    }

    private mutating func consumeHeadByte(
        _ byte: UInt8,
        _ input: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) throws(HTTPFault) -> RequestHead? {
        switch state {
        case .start:
            if byte == ASCII.carriageReturn && !skippedEmptyLine {
                // A line end too many after the previous body (RFC 9112 section 2.2).
                state = .emptyLineFeed
            } else if ByteClass.isToken(byte) {
                begin(with: byte)
            } else {
                throw byte == ASCII.lineFeed || byte == ASCII.carriageReturn ? .bareLineBreak : .invalidRequestLine
            }
        case .emptyLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            skippedEmptyLine = true
            state = .start
        case .method:
            if byte == ASCII.space {
                message.method = takeToken()
                state = .target
            } else {
                guard ByteClass.isToken(byte) else { throw .invalidRequestLine }
                token.append(byte)
                if token.count > 32 { throw .unsupportedMethod }
            }
        case .target:
            if byte == ASCII.space {
                try message.setTarget(token)
                token.removeAll(keepingCapacity: true)
                state = .version
            } else {
                guard ByteClass.isVisible(byte) else {
                    throw byte == ASCII.carriageReturn || byte == ASCII.lineFeed ? .invalidRequestLine : .invalidTarget
                }
                if token.count == limits.targetBytes { throw .targetTooLong(limit: limits.targetBytes) }
                token.append(byte)
                collect(input, &position, atMost: limits.targetBytes - token.count, ByteClass.isVisible)
            }
        case .version:
            try consumeVersionByte(byte)
        case .requestLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            state = .fieldStart
        case .fieldStart:
            switch byte {
            case ASCII.carriageReturn: state = .lastLineFeed
            case ASCII.lineFeed: throw .bareLineBreak
            case ASCII.space, ASCII.tab: throw .foldedField
            default:
                guard ByteClass.isToken(byte) else { throw .invalidFieldName }
                token = [byte]
                state = .fieldName
                collect(input, &position, atMost: .max, ByteClass.isToken)
            }
        case .fieldName:
            if byte == ASCII.colon {
                message.name = takeToken()
                state = .fieldValue
            } else {
                guard ByteClass.isToken(byte) else { throw .invalidFieldName }
                token.append(byte)
            }
        case .fieldValue:
            switch byte {
            case ASCII.carriageReturn: state = .fieldLineFeed
            case ASCII.lineFeed: throw .bareLineBreak
            case ASCII.space where token.isEmpty, ASCII.tab where token.isEmpty: break
            default:
                guard ByteClass.isFieldValue(byte) else { throw .invalidFieldValue }
                token.append(byte)
                collect(input, &position, atMost: .max, ByteClass.isFieldValue)
            }
        case .fieldLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            while let last = token.last, last == ASCII.space || last == ASCII.tab { token.removeLast() }
            try message.addField(token, limits: limits, inTrailer: inTrailer)
            token.removeAll(keepingCapacity: true)
            state = .fieldStart
        case .lastLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            return try finishSection()
        default:
            preconditionFailure("a byte of a head in a state of a body")
        }
        return nil
    }

    private mutating func begin(with byte: UInt8) {
        message = MessageBuilder()
        sectionBytes = 1
        inTrailer = false
        extensionBytes = 0
        token = [byte]
        state = .method
    }

    /// `HTTP/` DIGIT `.` DIGIT, then CR.
    private mutating func consumeVersionByte(_ byte: UInt8) throws(HTTPFault) {
        let expected: StaticString = "HTTP/0.0"
        let count = token.count
        if count == expected.utf8CodeUnitCount {
            guard byte == ASCII.carriageReturn else {
                throw byte == ASCII.lineFeed ? .bareLineBreak : .invalidRequestLine
            }
            token.removeAll(keepingCapacity: true)
            state = .requestLineFeed
            return
        }
        let pattern = expected.utf8Start[count]
        let isDigit = pattern == UInt8(ascii: "0") && (0x30...0x39).contains(byte)
        guard isDigit || byte == pattern else { throw .invalidRequestLine }
        token.append(byte)
        if token.count == expected.utf8CodeUnitCount {
            switch (token[5], token[7]) {
            case (0x31, 0x31): message.version = .http11
            case (0x31, 0x30): message.version = .http10
            default: throw .unsupportedVersion
            }
        }
    }

    /// The blank line after the fields of a head or of a trailer.
    private mutating func finishSection() throws(HTTPFault) -> RequestHead? {
        if inTrailer {
            state = .complete
            return nil
        }
        let head = try message.finish()
        switch head.framing {
        case .none, .length(0): state = .complete
        case .length(let count): state = .body(remaining: count)
        case .chunked: beginChunk()
        }
        return head
    }

    /// Appends the bytes of `input` that belong to the current token, as far as the limit of the section allows, so
    /// that the byte that breaks a limit is always the same one.
    private mutating func collect(
        _ input: UnsafeBufferPointer<UInt8>,
        _ position: inout Int,
        atMost most: Int,
        _ belongs: (UInt8) -> Bool
    ) {
        let end = position + min(input.count - position, limits.headBytes - sectionBytes, most)
        let start = position
        while position < end, belongs(input[position]) { position += 1 }
        token.append(contentsOf: input[start..<position])
        sectionBytes += position - start
    }

    private mutating func takeToken() -> String {
        defer { token.removeAll(keepingCapacity: true) }
        return String(decoding: token, as: UTF8.self)
    }
}

/// Bytes with a meaning in the grammar.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C
    static let colon: UInt8 = 0x3A
    static let hyphen: UInt8 = 0x2D
}
