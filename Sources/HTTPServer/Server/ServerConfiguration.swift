/// What a server needs to know besides its routes.
public struct ServerConfiguration: Sendable {
    /// The host and port to listen on. `localhost` means both loopback addresses.
    public var address: ListenAddress
    /// Limits and deadlines.
    public var limits: Limits
    /// The names in `Host` that this server answers to, without ports; IPv6 addresses in brackets. Any other is refused
    /// with 421, against DNS rebinding.
    public var allowedHosts: [String]
    /// Who may use the protected routes; nil lets everybody.
    public var gatekeeper: (any Gatekeeper)?

    /// A configuration.
    public init(
        host: String = "127.0.0.1",
        port: Int = 8080,
        limits: Limits = Limits(),
        allowedHosts: [String] = ["localhost", "127.0.0.1", "[::1]"],
        gatekeeper: (any Gatekeeper)? = nil
    ) {
        address = ListenAddress(host: host, port: port)
        self.limits = limits
        self.allowedHosts = allowedHosts
        self.gatekeeper = gatekeeper
    }
}
