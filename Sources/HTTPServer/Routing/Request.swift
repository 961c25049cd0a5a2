import HTTPTypes

/// One request as a handler sees it: the head is complete and checked, the body comes when it is asked for.
public struct Request: Sendable {
    /// Method, authority, path as it was written, and the header fields.
    public var head: HTTPRequest
    /// The id of this request: in every log line about it, in `X-Request-Id` and in problem documents.
    public var id: String
    /// The decoded segments of the path. None contains a slash or a NUL, none is `.` or `..`.
    public var path: [String]
    /// The decoded query.
    public var query: Query
    /// What the `{name}` parts of the route's pattern matched.
    public var parameters: [String: String]
    /// The body, with `Content-Encoding: gzip` already undone.
    public var body: RequestBody
    /// The numeric address of the peer, without port.
    public var remoteAddress: String
    /// `true` once the server is shutting down: readiness endpoints answer 503.
    public var isDraining: Bool
    private let exempt: @Sendable () async -> Void

    /// A request. The server makes them; tests of handlers may, too.
    public init(
        head: HTTPRequest,
        id: String,
        path: [String],
        query: Query = Query(),
        parameters: [String: String] = [:],
        body: RequestBody = .empty,
        remoteAddress: String = "127.0.0.1",
        isDraining: Bool = false,
        exempt: @escaping @Sendable () async -> Void = {}
    ) {
        self.head = head
        self.id = id
        self.path = path
        self.query = query
        self.parameters = parameters
        self.body = body
        self.remoteAddress = remoteAddress
        self.isDraining = isDraining
        self.exempt = exempt
    }

    /// Lifts the limit on the time that the handler of this one request may take, for work that is known to be long.
    public func takeTime() async { await exempt() }

    /// The request's method.
    public var method: HTTPRequest.Method { head.method }

    /// `type/subtype` of `Content-Type` in lower case, without parameters.
    public var mediaType: String? {
        head.headerFields[.contentType].map(MediaType.essence)
    }

    /// The declared length of the body as it travels (compressed, where it is), in bytes.
    public var contentLength: Int? {
        head.headerFields[.contentLength].flatMap { Int($0) }
    }
}
