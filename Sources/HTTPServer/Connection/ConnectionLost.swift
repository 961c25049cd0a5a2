/// The client of a request has gone, or the server has answered without waiting for its handler any longer.
public struct ConnectionLost: Error, Hashable, CustomStringConvertible {
    /// One sentence.
    public var description: String { "the connection was closed before the answer was complete" }
}

/// Two tasks of one handler read the body of their request at the same time: a mistake in the handler.
struct ConcurrentBodyReads: Error {}
