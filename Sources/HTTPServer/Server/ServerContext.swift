import Glibc
import HTTPTypes
import HTTPWire
import Logging
import Synchronization

/// What all connections of a server share.
final class ServerContext: Sendable {
    let limits: Limits
    let router: Router
    let staticFiles: StaticFiles?
    let hosts: HostAllowList
    let gatekeeper: (any Gatekeeper)?
    let logger: Logger
    let reactor: Reactor<Connection>
    let registry: ConnectionRegistry
    /// Where answers are compressed and files are read.
    let work: WorkQueue
    let makeEngine: (@Sendable () -> any TransportEngine)?

    private let draining = Atomic(false)
    private let date = Mutex((second: -1, text: ""))
    private let requestCount = Atomic<UInt64>(0)
    private let requestBase = UInt64.random(in: 0 ... .max)

    init(
        configuration: ServerConfiguration,
        router: Router,
        staticFiles: StaticFiles?,
        logger: Logger,
        work: WorkQueue,
        makeEngine: (@Sendable () -> any TransportEngine)?
    ) throws(ServerError) {
        limits = configuration.limits
        self.router = router
        self.staticFiles = staticFiles
        hosts = HostAllowList(configuration.allowedHosts)
        gatekeeper = configuration.gatekeeper
        self.logger = logger
        reactor = try Reactor()
        registry = ConnectionRegistry(limits: configuration.limits)
        self.work = work
        self.makeEngine = makeEngine
    }

    /// Whether the server is going to stop.
    var isDraining: Bool {
        get { draining.load(ordering: .relaxed) }
        set { draining.store(newValue, ordering: .relaxed) }
    }

    /// An id that no other request of this or an earlier run is likely to have.
    func nextRequestID() -> String {
        let count = requestCount.wrappingAdd(1, ordering: .relaxed).newValue
        // An odd multiplier makes the sequence visit every number once, and neighbours look unlike each other.
        let id = String(requestBase &+ count &* 0x9E37_79B9_7F4A_7C15, radix: 16)
        return String(repeating: "0", count: 16 - id.count) + id
    }

    /// Adds what every answer carries (RFC 9110 section 6.6.1 for `Date`).
    func finish(_ response: Response, id: String) -> Response {
        var response = response
        response.fields[.date] = currentDate()
        response.fields[.requestID] = id
        response.fields[.xContentTypeOptions] = "nosniff"
        response.fields[.referrerPolicy] = "no-referrer"
        if !response.fields.contains(.crossOriginResourcePolicy) {
            response.fields[.crossOriginResourcePolicy] = "same-origin"
        }
        if !response.fields.contains(.contentSecurityPolicy) {
            // Documents of the API are data; a browser that renders one is to load and run nothing.
            response.fields[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        return response
    }

    /// Formatted once a second.
    private func currentDate() -> String {
        let second = time(nil)
        return date.withLock { date in
            if date.second != second { date = (second, HTTPDate.format(second)) }
            return date.text
        }
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let secFetchSite = Self("Sec-Fetch-Site")!
}
