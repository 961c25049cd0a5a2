import HTTPTypes

/// What a route does with a request body. It is decided from the head, before a byte of the body is read.
public enum BodyPolicy: Sendable, Hashable {
    /// The route has no use for a body; one that comes anyway is not read.
    case none
    /// A JSON document of at most 1 MiB. Other media types are refused with 415.
    case json
    /// A body of any type and at most `limit` bytes (after undoing gzip), streamed to the handler. Exempt from the
    /// handler time limit; a request that announces no body is refused with 411.
    case upload(limit: Int)
    /// A JSON document, or a `multipart/form-data` body of at most `limit` bytes that is taken as an upload is.
    case jsonOrForm(limit: Int)

    /// The most bytes a handler ever sees of a body.
    public var limit: Int {
        switch self {
        case .none: 0
        case .json: 1 << 20
        case .upload(let limit), .jsonOrForm(let limit): limit
        }
    }

    /// What the head of a request makes of a policy that leaves a choice.
    func resolved(for request: HTTPRequest) -> BodyPolicy {
        guard case .jsonOrForm(let limit) = self else { return self }
        let type = request.headerFields[.contentType].map(MediaType.essence)
        return type == "multipart/form-data" ? .upload(limit: limit) : .json
    }
}
