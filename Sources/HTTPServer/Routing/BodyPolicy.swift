/// What a route does with a request body. It is decided from the head, before a byte of the body is read.
public enum BodyPolicy: Sendable, Hashable {
    /// The route has no use for a body; one that comes anyway is not read.
    case none
    /// A JSON document of at most 1 MiB. Other media types are refused with 415.
    case json
    /// A body of any type and at most `limit` bytes (after undoing gzip), streamed to the handler. Exempt from the
    /// handler time limit; a request that announces no body is refused with 411.
    case upload(limit: Int)

    /// The most bytes a handler ever sees of a body.
    public var limit: Int {
        switch self {
        case .none: 0
        case .json: 1 << 20
        case .upload(let limit): limit
        }
    }
}
