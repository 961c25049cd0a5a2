/// The chunked coding (RFC 9112 section 7.1): sizes without signs, prefixes or blanks, extensions counted and dropped.
extension RequestParser {
    mutating func beginChunk() {
        chunkSize = 0
        chunkDigits = 0
        state = .chunkSize
    }

    mutating func consumeChunkByte(_ byte: UInt8) throws(HTTPFault) {
        switch state {
        case .chunkSize:
            if let digit = ByteClass.hexadecimal(byte) {
                chunkDigits += 1
                guard chunkDigits <= 16, chunkSize <= Int.max >> 4 else { throw .invalidChunkSize }
                chunkSize = chunkSize << 4 | digit
                return
            }
            guard chunkDigits > 0 else { throw .invalidChunkSize }
            switch byte {
            case ASCII.carriageReturn: state = .chunkLineFeed
            case ASCII.semicolon: try enterExtension(.extensionNameStart)
            default: throw .invalidChunkSize
            }
        case .extensionNameStart:
            guard ByteClass.isToken(byte) else { throw .invalidChunkExtension }
            try enterExtension(.extensionName)
        case .extensionName:
            if ByteClass.isToken(byte) {
                try enterExtension(.extensionName)
            } else if byte == ASCII.equals {
                try enterExtension(.extensionValueStart)
            } else {
                try endExtension(byte)
            }
        case .extensionValueStart:
            guard byte == ASCII.quote || ByteClass.isToken(byte) else { throw .invalidChunkExtension }
            try enterExtension(byte == ASCII.quote ? .extensionQuoted : .extensionToken)
        case .extensionToken:
            if ByteClass.isToken(byte) { try enterExtension(.extensionToken) } else { try endExtension(byte) }
        case .extensionQuoted:
            guard ByteClass.isFieldValue(byte) else { throw .invalidChunkExtension }
            switch byte {
            case ASCII.quote: try enterExtension(.extensionQuotedEnd)
            case ASCII.backslash: try enterExtension(.extensionEscape)
            default: try enterExtension(.extensionQuoted)
            }
        case .extensionEscape:
            guard ByteClass.isFieldValue(byte) else { throw .invalidChunkExtension }
            try enterExtension(.extensionQuoted)
        case .extensionQuotedEnd:
            try endExtension(byte)
        case .chunkLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            if chunkSize > 0 {
                state = .chunkData(remaining: chunkSize)
            } else {
                inTrailer = true
                sectionBytes = 0
                message.beginTrailer()
                state = .fieldStart
            }
        case .chunkDataReturn:
            guard byte == ASCII.carriageReturn else { throw .invalidChunkEnd }
            state = .chunkDataLineFeed
        case .chunkDataLineFeed:
            guard byte == ASCII.lineFeed else { throw .invalidChunkEnd }
            beginChunk()
        default:
            preconditionFailure("a byte of a chunk in a state of a head")
        }
    }

    private mutating func enterExtension(_ next: State) throws(HTTPFault) {
        extensionBytes += 1
        if extensionBytes > limits.chunkExtensionBytes {
            throw .chunkExtensionsTooLarge(limit: limits.chunkExtensionBytes)
        }
        state = next
    }

    private mutating func endExtension(_ byte: UInt8) throws(HTTPFault) {
        switch byte {
        case ASCII.carriageReturn: state = .chunkLineFeed
        case ASCII.semicolon: try enterExtension(.extensionNameStart)
        default: throw .invalidChunkExtension
        }
    }
}
