import Experiments
import Foundation
import PlumblineTesting
import Testing

/// Who gets in, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct AccessTests {
    private func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }

    @Test func aRequestWithoutATokenIsRefused() async throws {
        try await LiveService.run(behindProxy: true) { service in
            let token = try #require(service.token)
            for path in [
                "/v1/jobs", "/v1/datasets", "/metrics", "/version", "/readyz", "/v1/events", "/v1/jobs/x/events",
            ] {
                let answer = try await service.ask("GET", path)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.headers["www-authenticate"]?.lowercased().hasPrefix("bearer") == true)
                #expect(try answer.json()["error_code"] as? String == "UNAUTHENTICATED")
            }
            #expect(try await service.ask("GET", "/healthz").status == 200)
            for wrong in [
                "Bearer \(token)x", "Bearer plumb_\(String(repeating: "A", count: 43))", "Basic \(token)", "Bearer",
            ] {
                let answer = try await service.ask("GET", "/v1/jobs", headers: ["Authorization": wrong])
                #expect(answer.status == 401, "\(wrong)")
            }
            let right = ["Authorization": "bearer \(token)"]
            #expect(try await service.ask("GET", "/v1/jobs", headers: right).status == 200)
        }
    }

    @Test func whatIsGivenToOneIsNotForSharedCaches() async throws {
        try await LiveService.run(behindProxy: true) { service in
            let headers = bearer(try #require(service.token))
            let file = Data(try Bench.pictures(20))
            let sent = try await service.ask("PUT", "/v1/datasets/digits.npz", sending: file, headers: headers)
            #expect(sent.status == 201, "\(sent.text)")
            let image = try await service.ask("GET", "/v1/datasets/digits/examples/1/image", headers: headers)
            #expect(image.status == 200)
            #expect(image.headers["cache-control"] == "private, max-age=31536000, immutable")
        }
    }

    @Test func aBrowserSignsInAndOut() async throws {
        try await LiveService.run(behindProxy: true) { service in
            let token = try #require(service.token)
            #expect(try await service.ask("POST", "/v1/session", #"{"token":"wrong"}"#).status == 401)
            #expect(try await service.ask("POST", "/v1/session", #"{"tokn":"wrong"}"#).status == 422)
            let answer = try await service.ask("POST", "/v1/session", "{\"token\":\"\(token)\"}")
            #expect(answer.status == 200, "\(answer.text)")
            let full = try #require(answer.headers["set-cookie"])
            for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age="] {
                #expect(full.contains(attribute), "\(full)")
            }
            let signedIn = ["Cookie": "other=1; \(full.prefix { $0 != ";" })"]
            #expect(try await service.ask("GET", "/v1/jobs", headers: signedIn).status == 200)

            // A page of another site may send the cookie along, but changes nothing.
            let order = #"{"dataset":"x"}"#
            let foreign = signedIn.merging(["Origin": "https://evil.example"]) { $1 }
            #expect(try await service.ask("POST", "/v1/jobs", order, headers: foreign).status == 403)
            #expect(try await service.ask("POST", "/v1/jobs", order, headers: signedIn).status == 404)

            let out = try await service.ask("DELETE", "/v1/session", headers: signedIn)
            #expect(out.status == 204)
            #expect(out.headers["set-cookie"]?.contains("Max-Age=0") == true)
            #expect(try await service.ask("GET", "/v1/jobs", headers: signedIn).status == 401)
        }
    }

    @Test func aDamagedFileLetsNobodyIn() async throws {
        try await LiveService.run(behindProxy: true) { service in
            let token = try #require(service.token)
            let file = "\(service.experiments.folder.root)/access.json"
            try Data("{".utf8).write(to: URL(fileURLWithPath: file))
            let answer = try await service.ask("GET", "/v1/jobs", headers: bearer(token))
            #expect(answer.status == 500)
            #expect(try answer.json()["error_code"] as? String == "ACCESS_UNREADABLE")
            #expect(try await service.ask("GET", "/healthz").status == 200)
        }
    }
}
