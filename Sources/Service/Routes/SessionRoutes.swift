import Experiments
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

extension API {
    /// How a browser signs in and out: pictures, downloads and event streams cannot carry a token.
    func addSessionRoutes(to router: inout Router) {
        router.on(
            .post,
            "/v1/session",
            body: .json,
            access: .open,
            answering { [self] request in
                try Self.allow(request)
                let token = try Self.token(in: try await request.body.collect(upTo: 4_096))
                // Where no token is needed there is nothing to sign in to.
                guard let access else { return Response(status: .noContent) }
                let session = try await access.signIn(token)
                return .json(
                    bytes: JSON.object([
                        ("token", ["id": .string(session.token.id), "name": .string(session.token.name)]),
                        ("expires_at", JSON(session.expiresAt)),
                    ]).encoded(),
                    fields: [.setCookie: session.cookie, .cacheControl: "no-store"]
                )
            }
        )
        router.on(
            .delete,
            "/v1/session",
            access: .open,
            answering { [self] request in
                try Self.allow(request)
                guard let access else { return Response(status: .noContent) }
                return Response(status: .noContent, fields: [.setCookie: try await access.signOut(request.head)])
            }
        )
    }

    private static func token(in body: [UInt8]) throws -> String {
        guard let document = try? JSONDecoder().decode(JSON.self, from: Data(body)) else {
            throw Problem(
                .badRequest,
                detail: "The body is not JSON. Send: {\"token\":\"plumb_...\"}",
                errorCode: "MALFORMED_JSON"
            )
        }
        var reader = FieldReader(document, at: "")
        let token = reader.string("token")
        if token == nil, reader.issues.isEmpty { reader.note("token", "is required") }
        let issues = reader.finish()
        guard issues.isEmpty, let token else { throw SettingsError(issues: issues) }
        return token
    }
}
