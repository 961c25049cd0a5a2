import HTTPTypes

/// What is wrong with a request on the wire. Every fault ends the connection: after it nobody can say where the next
/// request begins, so the parser never guesses (RFC 9112 section 2.2).
public enum HTTPFault: Error, Hashable, Sendable {
    /// The request line is not `method SP target SP HTTP/1.x CRLF` (RFC 9112 section 3).
    case invalidRequestLine
    /// The target has a form the method does not take, or holds bytes outside visible ASCII (RFC 9112 section 3.2).
    case invalidTarget
    /// The target is longer than the limit.
    case targetTooLong(limit: Int)
    /// A well-formed version other than HTTP/1.0 and HTTP/1.1.
    case unsupportedVersion
    /// CONNECT, or a method longer than any method is.
    case unsupportedMethod
    /// CR without LF or LF without CR (RFC 9112 section 2.2).
    case bareLineBreak
    /// A field name with bytes that are not token characters, a blank before the colon included (section 5.1).
    case invalidFieldName
    /// A control character in a field value (RFC 9110 section 5.5).
    case invalidFieldValue
    /// A line that starts with a blank: obsolete line folding (RFC 9112 section 5.2).
    case foldedField
    /// Request line and fields, or trailer fields, are larger than the limit.
    case headTooLarge(limit: Int)
    /// More header or trailer fields than the limit.
    case tooManyFields(limit: Int)
    /// An HTTP/1.1 request without `Host`, or any request with two of them (RFC 9112 section 3.2).
    case hostCount(Int)
    /// `Host` or the authority of the target is not `host [":" port]`.
    case invalidHost
    /// `Content-Length` is not one plain number that fits (RFC 9110 section 8.6).
    case invalidContentLength
    /// More than one `Content-Length`, even where they agree.
    case repeatedContentLength
    /// `Transfer-Encoding` together with `Content-Length` (RFC 9112 section 6.1).
    case conflictingLength
    /// `Transfer-Encoding` in HTTP/1.0, or one whose last coding is not a single `chunked` (RFC 9112 section 6.1).
    case invalidTransferEncoding
    /// A transfer coding other than `chunked` before it.
    case unsupportedTransferEncoding
    /// A chunk size that is not 1 to 16 hexadecimal digits, or too large to count (RFC 9112 section 7.1).
    case invalidChunkSize
    /// A chunk extension that does not follow the grammar (RFC 9112 section 7.1.1).
    case invalidChunkExtension
    /// The chunk extensions of one message are larger than the limit.
    case chunkExtensionsTooLarge(limit: Int)
    /// The data of a chunk is not followed by CRLF.
    case invalidChunkEnd
    /// `%` without two hexadecimal digits, or bytes that are not UTF-8, NUL or a slash behind it.
    case invalidPercentEncoding
    /// A path with `.` or `..` among its segments after decoding.
    case dotSegment

    /// The status that answers the fault.
    public var status: HTTPResponse.Status {
        switch self {
        case .targetTooLong: .uriTooLong
        case .unsupportedVersion: .httpVersionNotSupported
        case .unsupportedMethod, .unsupportedTransferEncoding: .notImplemented
        case .headTooLarge, .tooManyFields: .requestHeaderFieldsTooLarge
        default: .badRequest
        }
    }

    /// The fault in one sentence for the client.
    public var detail: String {
        switch self {
        case .invalidRequestLine: "The request line is not \"METHOD target HTTP/1.1\"."
        case .invalidTarget: "The request target is malformed."
        case .targetTooLong(let limit): "The request target is longer than \(limit) bytes."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .unsupportedMethod: "The method is not implemented."
        case .bareLineBreak: "A line of the request does not end with CR LF."
        case .invalidFieldName: "The name of a header field contains characters that are not allowed there."
        case .invalidFieldValue: "The value of a header field contains a control character."
        case .foldedField: "A header field is folded over several lines."
        case .headTooLarge(let limit): "The header fields are larger than \(limit) bytes."
        case .tooManyFields(let limit): "There are more than \(limit) header fields."
        case .hostCount(let count): "There must be exactly one Host field; there are \(count)."
        case .invalidHost: "The Host field is malformed."
        case .invalidContentLength: "Content-Length is not a plain number."
        case .repeatedContentLength: "Content-Length is given more than once."
        case .conflictingLength: "Content-Length and Transfer-Encoding exclude each other."
        case .invalidTransferEncoding: "Transfer-Encoding must be \"chunked\", once, and in HTTP/1.1."
        case .unsupportedTransferEncoding: "The only transfer coding understood here is \"chunked\"."
        case .invalidChunkSize: "The size of a chunk is malformed."
        case .invalidChunkExtension: "A chunk extension is malformed."
        case .chunkExtensionsTooLarge(let limit): "The chunk extensions are larger than \(limit) bytes."
        case .invalidChunkEnd: "The data of a chunk is not followed by CR LF."
        case .invalidPercentEncoding: "The request target has a malformed percent-encoding."
        case .dotSegment: "The path contains \".\" or \"..\"."
        }
    }
}
