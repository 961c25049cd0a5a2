/// The sizes at which a parser gives up on a request head. Bodies are limited by whoever reads them.
public struct WireLimits: Sendable, Hashable {
    /// Bytes of the request line and the header fields together, and of the trailer fields.
    public var headBytes: Int
    /// Header fields, and trailer fields.
    public var fields: Int
    /// Bytes of the request target. RFC 9112 section 3 asks for at least 8000.
    public var targetBytes: Int
    /// Bytes of chunk extensions in one message.
    public var chunkExtensionBytes: Int

    /// Limits; the defaults are those of the server.
    public init(
        headBytes: Int = 32 * 1024,
        fields: Int = 100,
        targetBytes: Int = 8 * 1024,
        chunkExtensionBytes: Int = 4 * 1024
    ) {
        self.headBytes = headBytes
        self.fields = fields
        self.targetBytes = targetBytes
        self.chunkExtensionBytes = chunkExtensionBytes
    }
}
