import Foundation
import HTTPTypes

/// An answer as a handler gives it. The server adds `Date`, framing, security fields and the request id, and takes care
/// of HEAD, conditions, ranges and compression.
public struct Response: Sendable {
    /// Where the bytes of an answer come from.
    public enum Body: Sendable {
        /// No body.
        case empty
        /// A body in memory.
        case bytes([UInt8])
        /// `length` bytes of a file from `offset` on, read in pieces while they are sent.
        case file(path: String, offset: Int, length: Int)
        /// A body made while it is sent. Without `length` it goes out chunked. The closure must write exactly `length`
        /// bytes where it is given; what it throws before its first byte becomes a problem document, later the
        /// connection is cut so that the client cannot mistake the part for the whole. It is not run for HEAD.
        case stream(length: Int?, @Sendable (BodyWriter) async throws -> Void)
    }

    /// The status.
    public var status: HTTPResponse.Status
    /// The header fields. An `ETag` makes the answer conditional; `Accept-Ranges: bytes` lets clients ask for a part.
    public var fields: HTTPFields
    /// The body.
    public var body: Body
    /// An endless answer (server-sent events): its stream is cancelled, and properly ended, when the server drains.
    public var endsOnDrain: Bool

    /// An answer.
    public init(
        status: HTTPResponse.Status = .ok,
        fields: HTTPFields = [:],
        body: Body = .empty,
        endsOnDrain: Bool = false
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.endsOnDrain = endsOnDrain
    }

    /// A JSON document with sorted keys, so that equal values make equal bytes; slashes are not escaped.
    ///
    /// - Throws: `EncodingError`, also for NaN and infinities: a missing number is `null`.
    public static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        fields: HTTPFields = [:],
        encoder: JSONEncoder? = nil
    ) throws -> Response {
        let encoder = encoder ?? plainEncoder()
        return json(bytes: [UInt8](try encoder.encode(value)), status: status, fields: fields)
    }

    /// A JSON document that is already encoded.
    public static func json(
        bytes: [UInt8],
        status: HTTPResponse.Status = .ok,
        fields: HTTPFields = [:]
    ) -> Response {
        var fields = fields
        if !fields.contains(.contentType) { fields[.contentType] = "application/json; charset=utf-8" }
        return Response(status: status, fields: fields, body: .bytes(bytes))
    }

    /// Plain text.
    public static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            fields: [.contentType: "text/plain; charset=utf-8"],
            body: .bytes([UInt8](text.utf8))
        )
    }

    /// A whole file that clients may fetch in parts.
    ///
    /// - Parameters:
    ///   - eTag: The strong entity tag in quotes; without it ranges cannot be made conditional.
    public static func file(
        path: String,
        length: Int,
        contentType: String,
        eTag: String? = nil,
        fields: HTTPFields = [:]
    ) -> Response {
        var fields = fields
        fields[.contentType] = contentType
        fields[.acceptRanges] = "bytes"
        if let eTag { fields[.eTag] = eTag }
        return Response(fields: fields, body: .file(path: path, offset: 0, length: length))
    }

    private static func plainEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }
}
