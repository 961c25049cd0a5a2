import HTTPTypes

/// What a route does with a request body. It is decided from the head, before a byte of the body is read.
public enum BodyPolicy: Sendable, Hashable {
    /// The route has no use for a body; one that comes anyway is not read.
    case none
    /// A JSON document of at most 1 MiB. Other media types are refused with 415.
    case json
    /// A body of any type and at most `limit` bytes (after undoing gzip), streamed to the handler. Exempt from the
    /// handler time limit; a request that announces no body is refused with 411.
    ///
    /// `raisedBy` names the setting that the limit comes from, for whoever meets it.
    case upload(limit: Int, raisedBy: String? = nil)
    /// A JSON document, or a `multipart/form-data` body of at most `limit` bytes that is taken as an upload is.
    case jsonOrForm(limit: Int, raisedBy: String? = nil)

    /// The most bytes a handler ever sees of a body.
    public var limit: Int {
        switch self {
        case .none: 0
        case .json: 1 << 20
        case .upload(let limit, _), .jsonOrForm(let limit, _): limit
        }
    }

    /// What is answered to more.
    var tooLarge: Problem {
        switch self {
        case .none, .json: .contentTooLarge(limit: limit)
        case .upload(_, let raisedBy), .jsonOrForm(_, let raisedBy): .contentTooLarge(limit: limit, raisedBy: raisedBy)
        }
    }

    /// What the head of a request makes of a policy that leaves a choice.
    func resolved(for request: HTTPRequest) -> BodyPolicy {
        guard case .jsonOrForm(let limit, let raisedBy) = self else { return self }
        let type = request.headerFields[.contentType].map(MediaType.essence)
        return type == "multipart/form-data" ? .upload(limit: limit, raisedBy: raisedBy) : .json
    }
}
