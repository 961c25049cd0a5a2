/// What is wrong with a `multipart/form-data` body.
public enum MultipartFault: Error, Hashable, Sendable {
    /// The boundary is missing or not one that RFC 2046 section 5.1.1 allows.
    case invalidBoundary
    /// A delimiter is followed by something else than `--` or a line end.
    case malformedDelimiter
    /// More parts than the limit.
    case tooManyParts(limit: Int)
    /// The header fields of a part are larger than the limit.
    case partHeadTooLarge(limit: Int)
    /// The header fields of a part do not follow the grammar, or there is no `Content-Disposition: form-data`.
    case malformedPartHead
    /// A part without a name.
    case missingName
    /// The body ends before the closing delimiter.
    case truncated

    /// The fault in one sentence for the client.
    public var detail: String {
        switch self {
        case .invalidBoundary: "The boundary of the multipart body is missing or malformed."
        case .malformedDelimiter: "A delimiter of the multipart body is malformed."
        case .tooManyParts(let limit): "The multipart body has more than \(limit) parts."
        case .partHeadTooLarge(let limit): "The header fields of a part are larger than \(limit) bytes."
        case .malformedPartHead: "The header fields of a part are malformed."
        case .missingName: "A part of the multipart body has no name."
        case .truncated: "The multipart body ends before its closing delimiter."
        }
    }
}
