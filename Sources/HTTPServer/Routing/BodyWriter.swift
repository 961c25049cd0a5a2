/// Where a streaming answer puts its bytes.
public struct BodyWriter: Sendable {
    let accept: @Sendable ([UInt8]) async throws -> Void

    /// A writer into `accept`. The server makes them; tests of handlers may, too.
    public init(accept: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.accept = accept
    }

    /// Sends some bytes. Waits while the client is slower than the producer, so memory stays bounded as long as each
    /// call brings a bounded piece.
    ///
    /// - Throws: when the client has gone or the server is shutting down; the producer should let it pass.
    public func write(_ bytes: [UInt8]) async throws {
        if bytes.isEmpty { return }
        try await accept(bytes)
    }
}
