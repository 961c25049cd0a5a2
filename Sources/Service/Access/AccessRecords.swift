import Foundation

/// A token as the data folder keeps it: everything but the token itself.
public struct AccessToken: Codable, Hashable, Sendable {
    /// Its id.
    public var id: String
    /// What its owner calls it.
    public var name: String
    /// When it was made.
    public var createdAt: Date
    /// SHA-256 of the token.
    var sha256: String

    enum CodingKeys: String, CodingKey {
        case id
        case name
        case createdAt = "created_at"
        case sha256
    }
}

/// A browser that signed in with a token: as long as the token counts and the time is not over.
struct Session: Codable, Hashable, Sendable {
    /// How long a browser stays signed in.
    static let lifetime: TimeInterval = 14 * 86_400

    /// The token that it signed in with.
    var tokenId: String
    /// SHA-256 of the cookie's value.
    var sha256: String
    var expiresAt: Date

    enum CodingKeys: String, CodingKey {
        case tokenId = "token_id"
        case sha256
        case expiresAt = "expires_at"
    }
}

/// The content of `access.json`.
struct AccessRecords: Codable, Hashable, Sendable {
    /// More sessions of one token than this end its oldest.
    static let sessionsPerToken = 100

    var tokens: [AccessToken] = []
    var sessions: [Session] = []

    /// The token with this text. All hashes are compared, whichever fits.
    func token(_ text: String) -> AccessToken? {
        let hash = Secret.hash(of: text)
        return tokens.reduce(nil) { found, token in Secret.areEqual(token.sha256, hash) ? token : found }
    }

    /// The session of a cookie, unless it or its token has ended.
    func session(_ cookie: String, now: Date) -> Session? {
        let hash = Secret.hash(of: cookie)
        let found = sessions.reduce(nil as Session?) { Secret.areEqual($1.sha256, hash) ? $1 : $0 }
        guard let found, found.expiresAt > now, tokens.contains(where: { $0.id == found.tokenId }) else { return nil }
        return found
    }

    mutating func open(_ session: Session, now: Date) {
        sessions.removeAll { $0.expiresAt <= now }
        let own = sessions.indices.filter { sessions[$0].tokenId == session.tokenId }
        for index in own.prefix(max(0, own.count - Self.sessionsPerToken + 1)).reversed() {
            sessions.remove(at: index)
        }
        sessions.append(session)
    }

    /// Removes the tokens of that id or name with all their sessions.
    ///
    /// - Returns: what was removed
    mutating func revoke(_ idOrName: String) -> [AccessToken] {
        let byId = tokens.filter { $0.id == idOrName }
        let revoked = byId.isEmpty ? tokens.filter { $0.name == idOrName } : byId
        tokens.removeAll { revoked.contains($0) }
        sessions.removeAll { session in revoked.contains { $0.id == session.tokenId } }
        return revoked
    }
}
