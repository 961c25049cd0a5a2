import HTTPTypes
import HTTPWire

/// The names this server answers to. A page of a stranger can make its own name point at this machine (DNS
/// rebinding); the browser then sends that name in `Host`, and it is not on the list.
struct HostAllowList: Sendable {
    private let hosts: Set<String>

    /// - Parameter hosts: Names without ports; IPv6 addresses in brackets.
    init(_ hosts: [String]) {
        self.hosts = Set(hosts.map { $0.lowercased() })
    }

    /// Checks the authority of a request; ports are ignored. HTTP/1.0 clients may send none, and no browser is one.
    ///
    /// - Throws: `Problem` 421.
    func check(_ authority: String?) throws(Problem) {
        guard let authority else { return }
        guard let host = Authority(authority)?.host, hosts.contains(host) else {
            throw Problem(
                .misdirectedRequest,
                detail: "This server does not answer to the name \"\(authority)\".",
                errorCode: "UNKNOWN_HOST"
            )
        }
    }
}
