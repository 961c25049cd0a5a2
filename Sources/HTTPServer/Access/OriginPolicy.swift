import HTTPTypes
import HTTPWire

/// Who may change state from inside a browser: pages of this server, and nobody else. Programs that are not browsers
/// send neither `Origin` nor `Sec-Fetch-Site` and are not concerned.
enum OriginPolicy {
    /// Whether a method changes state (it is not "safe", RFC 9110 section 9.2.1).
    static func changesState(_ method: HTTPRequest.Method) -> Bool {
        ![.get, .head, .options, .trace].contains(method)
    }

    /// Whether a browser sent the request.
    static func isFromBrowser(_ request: HTTPRequest) -> Bool {
        request.headerFields.contains(.origin) || request.headerFields.contains(.secFetchSite)
    }

    /// - Throws: `Problem` 403 for a state-changing request of a foreign page.
    static func check(_ request: HTTPRequest) throws(Problem) {
        guard changesState(request.method) else { return }
        if let site = request.headerFields[.secFetchSite], site != "same-origin" && site != "none" {
            throw refusal("a page of another site")
        }
        if let origin = request.headerFields[.origin], !isOwn(origin, authority: request.authority) {
            throw refusal("the origin \"\(origin)\"")
        }
    }

    /// Whether `origin` is the one the request was sent to. The scheme may differ, for a proxy may speak TLS; default
    /// ports count as none.
    private static func isOwn(_ origin: String, authority: String?) -> Bool {
        let parts = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let port = ["http:": 80, "https:": 443][parts[0].lowercased()],
            let theirs = Authority(parts[2]), let ours = authority.flatMap({ Authority($0) })
        else { return false }
        return theirs.host == ours.host && (theirs.port ?? port) == (ours.port ?? port)
    }

    private static func refusal(_ source: String) -> Problem {
        Problem(
            .forbidden,
            detail: "Requests that change something are not accepted from \(source).",
            errorCode: "CROSS_ORIGIN"
        )
    }
}
