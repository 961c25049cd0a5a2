/// The name that a client gives to a request, so that it can repeat it when the answer got lost: the repeat finds the
/// first one's job instead of making another (draft-ietf-httpapi-idempotency-key-header).
public struct IdempotencyKey: Sendable, Hashable {
    /// Keys are kept for this long at least, in seconds.
    static let lifetime: Timestamp = 2 * 86_400

    /// What the client chose.
    public var text: String
    /// SHA-256 of what was asked for: the same key with something else is a mistake.
    public var digest: String

    /// - Parameters:
    ///   - text: what the client chose
    ///   - digest: SHA-256 of what was asked for
    public init(_ text: String, digest: String) {
        self.text = text
        self.digest = digest
    }
}
