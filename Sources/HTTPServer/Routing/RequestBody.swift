/// The body of a request, pulled chunk by chunk. Nothing is read from the socket until a chunk is asked for, so a
/// handler that does not read makes the sender wait.
///
/// It can be read once; a second iterator goes on where the first one stopped. Reading throws `Problem`: 400 for broken
/// framing or a broken gzip stream, 408 when the sender stalls, 413 past the limit of the route.
public struct RequestBody: AsyncSequence, Sendable {
    /// Some bytes, never none.
    public typealias Element = [UInt8]

    let pull: @Sendable () async throws -> [UInt8]?

    /// A body that calls `pull` for each chunk until it returns `nil`.
    public init(pull: @escaping @Sendable () async throws -> [UInt8]?) {
        self.pull = pull
    }

    /// No body.
    public static let empty = RequestBody { nil }

    /// The next chunk, `nil` after the last one.
    public func next() async throws -> [UInt8]? {
        try await pull()
    }

    /// The whole body.
    ///
    /// - Throws: `Problem` 413 when there are more than `limit` bytes.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await pull() {
            guard bytes.count + chunk.count <= limit else { throw Problem.contentTooLarge(limit: limit) }
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
        }
        return bytes
    }

    /// An iterator over what has not been read yet.
    public func makeAsyncIterator() -> Iterator {
        Iterator(pull: pull)
    }

    /// Pulls one chunk at a time.
    public struct Iterator: AsyncIteratorProtocol {
        let pull: @Sendable () async throws -> [UInt8]?

        /// The next chunk, `nil` after the last one.
        public mutating func next() async throws -> [UInt8]? {
            try await pull()
        }
    }
}
