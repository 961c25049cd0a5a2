import HTTPTypes

/// Decides who may use the protected routes of a server. It is asked after the head is complete and before a byte of
/// the body is read.
public protocol Gatekeeper: Sendable {
    /// Lets a request pass.
    ///
    /// - Throws: `Problem` 401 for one that does not say who sends it, or says so wrongly.
    func admit(_ request: HTTPRequest) async throws(Problem)
}
