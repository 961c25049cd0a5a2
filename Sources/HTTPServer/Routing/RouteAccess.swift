/// Who may use a route.
public enum RouteAccess: Sendable, Hashable {
    /// Whoever the server's gatekeeper lets pass; everybody where it has none.
    case protected
    /// Everybody.
    case open
}
