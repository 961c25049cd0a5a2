/// Every limit and deadline of the server in one place. Deadlines are totals: a peer that sends a byte now and then
/// does not push them back.
public struct Limits: Sendable, Hashable {
    /// From the first byte of a head to its blank line; 408 and close. Stops slowloris.
    public var headDeadline: Duration = .seconds(10)
    /// Longest silence while a handler waits for body bytes; 408 and close. Stops slow uploads.
    public var bodyIdle: Duration = .seconds(15)
    /// Bytes a second a body must bring, averaged over the time a handler has waited for it; 408 and close.
    public var bodyMinimumRate = 1024
    /// How long a body may stay below `bodyMinimumRate` at first.
    public var bodyRateGrace: Duration = .seconds(10)
    /// Longest time without any byte leaving while there are some to send; reset. Stops slow readers.
    public var writeIdle: Duration = .seconds(30)
    /// How long a connection may stay open between two requests; close. Stops hoarding of descriptors.
    public var keepAliveIdle: Duration = .seconds(60)
    /// Requests answered on one connection before it is closed.
    public var requestsPerConnection = 1000
    /// Bytes of a request line and its header fields together; 431.
    public var headBytes = 32 * 1024
    /// Header fields of a request; 431.
    public var headFields = 100
    /// Bytes of a request target; 414.
    public var targetBytes = 8 * 1024
    /// Bytes of chunk extensions in one message; 400.
    public var chunkExtensionBytes = 4 * 1024
    /// From a complete head to the first byte of the answer; 503. Upload routes are exempt.
    public var handlerTime: Duration = .seconds(30)
    /// Connections at a time; the next ones are answered 503, and past a quarter more nothing is accepted.
    public var connections = 1024
    /// Connections at a time from one address; 503. Loopback is exempt, for there a proxy speaks for everybody.
    public var connectionsPerAddress = 64
    /// Bytes waiting for a slow client at which its producer is suspended.
    public var outputHighWater = 256 * 1024
    /// Bytes waiting at which the producer goes on.
    public var outputLowWater = 64 * 1024
    /// How long a connection lingers after an early answer, so that the client can read it (RFC 9112 section 9.6).
    public var lingerTime: Duration = .seconds(3)
    /// Bytes dropped while lingering.
    public var lingerBytes = 64 * 1024 * 1024
    /// How long a shutdown waits for requests in progress before it cuts them.
    public var shutdownGrace: Duration = .seconds(20)
    /// Between the moment `Request.isDraining` turns true and the moment the server stops accepting, so that a load
    /// balancer can see the readiness endpoint fail.
    public var readinessDelay: Duration = .zero
    /// Output a compressed upload may make for each byte it brings, once it has made `inflateRatioGrace` bytes; 413.
    public var inflateRatio = 100
    /// Output below which `inflateRatio` is not looked at: small text compresses well.
    public var inflateRatioGrace = 64 * 1024 * 1024
    /// How often deadlines are looked at.
    public var tick: Duration = .milliseconds(500)

    /// The defaults.
    public init() {}
}

extension Limits: CustomStringConvertible {
    /// One line for the log at start.
    public var description: String {
        "head \(headDeadline)/\(headBytes) B/\(headFields) fields, target \(targetBytes) B, "
            + "body idle \(bodyIdle), rate \(bodyMinimumRate) B/s after \(bodyRateGrace), handler \(handlerTime), "
            + "write idle \(writeIdle), keep-alive \(keepAliveIdle)/\(requestsPerConnection) requests, "
            + "connections \(connections)/\(connectionsPerAddress) an address, "
            + "output \(outputLowWater)-\(outputHighWater) B, linger \(lingerTime), shutdown \(shutdownGrace)"
    }
}
