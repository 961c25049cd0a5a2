import HTTPTypes

/// Responses as bytes. Framing fields are written here and nowhere else: whatever `Content-Length`,
/// `Transfer-Encoding` or `Connection` the fields of a response hold is left out.
public enum ResponseWriter {
    /// How the client finds the end of the body (RFC 9112 section 6.3).
    public enum Framing: Sendable, Hashable {
        /// 1xx, 204 and 304: no body and no framing field.
        case none
        /// `Content-Length`.
        case length(Int)
        /// `Transfer-Encoding: chunked`, for HTTP/1.1 clients.
        case chunked
        /// The body ends with the connection, for HTTP/1.0 clients.
        case untilClose
    }

    /// What `Connection` says.
    public enum Persistence: Sendable, Hashable {
        /// Nothing: an HTTP/1.1 connection stays open.
        case implied
        /// `keep-alive`, for an HTTP/1.0 client that asked for it.
        case keepAlive
        /// `close`.
        case close
    }

    /// `HTTP/1.1 100 Continue`.
    public static let `continue` = [UInt8]("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    /// The end of a chunked body without trailer fields.
    public static let lastChunk = [UInt8]("0\r\n\r\n".utf8)

    /// Status line, fields and blank line. The version is always that of the server (RFC 9110 section 2.5).
    public static func head(
        _ status: HTTPResponse.Status,
        fields: HTTPFields,
        framing: Framing,
        persistence: Persistence
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes += "HTTP/1.1 ".utf8
        bytes += "\(status.code) ".utf8
        bytes += status.reasonPhrase.utf8
        bytes += "\r\n".utf8
        for field in fields where !isFraming(field.name) {
            append(field, to: &bytes)
        }
        switch framing {
        case .none, .untilClose: break
        case .length(let count): bytes += "Content-Length: \(count)\r\n".utf8
        case .chunked: bytes += "Transfer-Encoding: chunked\r\n".utf8
        }
        switch persistence {
        case .implied: break
        case .keepAlive: bytes += "Connection: keep-alive\r\n".utf8
        case .close: bytes += "Connection: close\r\n".utf8
        }
        bytes += "\r\n".utf8
        return bytes
    }

    /// `bytes` as one chunk. None make none: a chunk of size zero would end the body.
    public static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.isEmpty { return [] }
        var chunk: [UInt8] = []
        chunk.reserveCapacity(bytes.count + 20)
        chunk += String(bytes.count, radix: 16).utf8
        chunk += "\r\n".utf8
        chunk += bytes
        chunk += "\r\n".utf8
        return chunk
    }

    private static func isFraming(_ name: HTTPField.Name) -> Bool {
        name == .contentLength || name == .transferEncoding || name == .connection
    }

    private static func append(_ field: HTTPField, to bytes: inout [UInt8]) {
        bytes += field.name.rawName.utf8
        bytes += ": ".utf8
        // The type replaces CR, LF and NUL in values by blanks, so nothing can be injected here.
        field.withUnsafeBytesOfValue { bytes += $0 }
        bytes += "\r\n".utf8
    }
}
