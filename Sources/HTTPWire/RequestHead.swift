import HTTPTypes

/// A complete, valid request head and what it says about the bytes that follow.
public struct RequestHead: Sendable, Hashable {
    /// The versions spoken here.
    public enum Version: Sendable, Hashable {
        case http10
        case http11
    }

    /// How the end of the body is found (RFC 9112 section 6.3).
    public enum Framing: Sendable, Hashable {
        /// Neither `Content-Length` nor `Transfer-Encoding`: there is no body.
        case none
        /// So many bytes.
        case length(Int)
        /// Chunks until the last one.
        case chunked
    }

    /// What the client expects before it sends the body (RFC 9110 section 10.1.1).
    public enum Expectation: Sendable, Hashable {
        case none
        /// `100-continue`; never from HTTP/1.0, where it has to be ignored.
        case `continue`
        /// Something else, to be answered with 417.
        case unknown
    }

    /// Method, authority (that of an absolute target, else `Host`), path with query (`*` for `OPTIONS *`), and the
    /// fields without `Host`.
    public var request: HTTPRequest
    /// The version of the client.
    public var version: Version
    /// How the body ends.
    public var framing: Framing
    /// Whether the client would send another request on this connection (RFC 9112 section 9.3).
    public var keepAlive: Bool
    /// What the client waits for.
    public var expectation: Expectation

    /// Whether any byte of a body follows.
    public var hasBody: Bool {
        switch framing {
        case .none, .length(0): false
        case .length, .chunked: true
        }
    }
}
