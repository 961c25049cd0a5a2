import HTTPTypes

/// The target of a request line, reduced to what the server serves (RFC 9112 section 3.2).
struct RequestTarget {
    /// Absolute path and query, or `*`.
    var path: String
    /// The authority of an absolute target; it replaces `Host` (section 3.2.2).
    var authority: String?

    /// - Throws: `invalidTarget`, or `unsupportedMethod` for CONNECT, whose targets are not resources.
    init(method: String, target: [UInt8]) throws(HTTPFault) {
        if method == "CONNECT" { throw .unsupportedMethod }
        // A fragment never travels (RFC 9110 section 4.1).
        if target.contains(UInt8(ascii: "#")) { throw .invalidTarget }
        if target.first == UInt8(ascii: "/") {
            path = String(decoding: target, as: UTF8.self)
            return
        }
        if target == [UInt8(ascii: "*")] {
            guard method == "OPTIONS" else { throw .invalidTarget }
            path = "*"
            return
        }
        let text = String(decoding: target, as: UTF8.self)
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw .invalidTarget
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard Authority(authority) != nil else { throw .invalidTarget }
        self.authority = String(authority)
        let tail = rest[authority.endIndex...]
        // An absolute OPTIONS target without a path asks about the server as a whole (section 3.2.4).
        if tail.isEmpty && method == "OPTIONS" {
            path = "*"
        } else {
            path = tail.first == "/" ? String(tail) : "/" + tail
        }
    }
}
