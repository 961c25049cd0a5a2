import Synchronization

/// A gzip stream (RFC 1952) made piece by piece, for files that are sent compressed as such.
public final class GzipStream: Sendable {
    private let deflater = Mutex(Deflater())

    /// An empty stream.
    public init() {}

    /// The compressed form of the next bytes, as far as it can be told yet.
    public func compress(_ bytes: [UInt8]) -> [UInt8] {
        deflater.withLock { $0.deflate(bytes, isLast: false) }
    }

    /// The rest of the stream; nothing may follow.
    public func finish() -> [UInt8] {
        deflater.withLock { $0.deflate([], isLast: true) }
    }
}
