import Foundation
import HTTPServer
import HTTPTypes
import Logging

/// Lets requests pass that carry a token, or the cookie of a browser that signed in with one.
public final class AccessControl: Gatekeeper {
    /// How long the answer to a wrong token takes. No defence is needed against guessing 256 bits; this only keeps
    /// whoever tries from costing more than it costs him.
    static let delay = Duration.milliseconds(250)

    private let file: AccessFile
    private let isSecure: Bool
    private let logger: Logger
    /// Changes wait for the disk, and take turns anyway.
    private let changes = WorkQueue(label: "service.access", width: 1)

    /// - Parameters:
    ///   - file: the tokens
    ///   - isSecure: whether browsers reach the service over TLS
    ///   - logger: where it reports
    public init(file: AccessFile, isSecure: Bool, logger: Logger) {
        self.file = file
        self.isSecure = isSecure
        self.logger = logger
    }

    /// - Throws: `Problem` 401
    public func admit(_ request: HTTPRequest) async throws(Problem) {
        let records = try records()
        // A program that says who it is means that, whatever cookie it also carries.
        if let authorization = request.headerFields[.authorization] {
            guard let token = Self.bearer(authorization) else {
                throw Self.refusal("The Authorization field has to be \"Bearer TOKEN\".", error: "invalid_request")
            }
            if records.token(token) != nil { return }
            throw await Self.wrongToken()
        }
        if let cookie = cookie(of: request) {
            if records.session(cookie, now: Date()) != nil { return }
            throw Self.refusal("This browser is not signed in any more. Sign in again.", error: "invalid_token")
        }
        throw Self.refusal(
            "This service asks for an access token: curl -H \"Authorization: Bearer TOKEN\" ...; in a browser, sign in.",
            error: nil
        )
    }

    // MARK: Sessions of browsers

    /// Signs a browser in.
    ///
    /// - Returns: the `Set-Cookie` field, the token, and when the session ends
    /// - Throws: `Problem` 401 where there is no such token
    func signIn(_ token: String) async throws -> (cookie: String, token: AccessToken, expiresAt: Date) {
        guard let found = try records().token(token) else { throw await Self.wrongToken() }
        let now = Date()
        let secret = Secret(prefix: "")
        let session = Session(
            tokenId: found.id,
            sha256: secret.hash,
            expiresAt: Date(timeIntervalSince1970: (now.timeIntervalSince1970 + Session.lifetime).rounded())
        )
        try await changes.run { [file] in try file.change { $0.open(session, now: now) } }
        return (setCookie(secret.text, seconds: Int(Session.lifetime)), found, session.expiresAt)
    }

    /// Signs a browser out.
    ///
    /// - Returns: the `Set-Cookie` field that makes it forget
    func signOut(_ request: HTTPRequest) async throws -> String {
        if let cookie = cookie(of: request) {
            let hash = Secret.hash(of: cookie)
            try await changes.run { [file] in
                try file.change { records in records.sessions.removeAll { Secret.areEqual($0.sha256, hash) } }
            }
        }
        return setCookie("", seconds: 0)
    }

    // MARK: Inside

    private func records() throws(Problem) -> AccessRecords {
        do {
            return try file.records()
        } catch {
            // Nobody gets in by breaking the file.
            logger.error("no request can be let in", metadata: ["error": "\(error)"])
            throw Problem(
                .internalServerError,
                detail: "The access tokens of this service cannot be read; its log says why.",
                errorCode: "ACCESS_UNREADABLE"
            )
        }
    }

    /// Browsers take a name with this prefix only with `Secure`, for the whole site and from no other host.
    private var cookieName: String { isSecure ? "__Host-plumbline" : "plumbline" }

    private func setCookie(_ value: String, seconds: Int) -> String {
        "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
    }

    private func cookie(of request: HTTPRequest) -> String? {
        for field in request.headerFields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                if parts.count == 2, parts[0] == cookieName, !parts[1].isEmpty { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The credentials of RFC 6750 section 2.1; the scheme's name compares without case.
    private static func bearer(_ field: String) -> String? {
        let parts = field.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    private static func wrongToken() async -> Problem {
        // A cancelled wait is only a shorter one.
        try? await Task.sleep(for: delay)
        return refusal("There is no such token.", error: "invalid_token")
    }

    private static func refusal(_ detail: String, error: String?) -> Problem {
        Problem(
            .unauthorized,
            detail: detail,
            errorCode: "UNAUTHENTICATED",
            fields: [.wwwAuthenticate: "Bearer realm=\"plumbline\"" + (error.map { ", error=\"\($0)\"" } ?? "")]
        )
    }
}
