import Foundation
import ProcessTesting
import TestSupport
import Testing

/// What of access is the process's own: its first start, its restarts, and `plumbline token` beside it.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct AccessTests {
    private static let beyond = ["--host", "0.0.0.0", "--behind-proxy"]

    /// A service that others can reach, and the token that its first start showed.
    private func service() throws -> (service: Service, token: String) {
        let service = try Service(Self.beyond)
        let said = "access token, shown only now: "
        let line = try #require(service.output.split(separator: "\n").first { $0.hasPrefix(said) })
        return (service, String(line.dropFirst(said.count)))
    }

    private func token(_ service: Service, _ arguments: String...) throws -> (code: Int32, output: String) {
        let result = try Program.run(
            Service.executable,
            ["token"] + arguments + ["--data-dir", "\(service.folder)/data"]
        )
        return (result.code, String(decoding: result.output, as: UTF8.self))
    }

    private func bearer(_ token: String) -> [String] { ["-H", "Authorization: Bearer \(token)"] }

    private func cookie(_ answer: Service.Answer) throws -> String {
        let line = try #require(
            answer.headers.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie:") }
        )
        return String(line.dropFirst("set-cookie: ".count))
    }

    @Test func withoutTLSItListensOnLoopbackOnlyAndSaysWhy() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let errors = "\(folder.path)/errors.txt"
        let program = try Program(
            Service.executable,
            ["serve", "--host", "0.0.0.0", "--port", "0", "--public-dir", "\(Service.package)/public"],
            errors: errors
        )
        #expect(program.wait() == 1)
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(said.contains("will not listen on 0.0.0.0") && said.contains("--behind-proxy"), "\(said)")
    }

    @Test func onLoopbackNobodyHasToSignIn() throws {
        let service = try Service()
        #expect(try service.curl("/v1/jobs").status == 200)
        #expect(!service.output.contains("token"))
        #expect(try service.curl("/v1/session", "-d", #"{"token":"x"}"#).status == 204)
        #expect(try service.curl("/v1/session", "-X", "DELETE").status == 204)
    }

    @Test func theFirstStartShowsATokenOnceAndKeepsItsHash() throws {
        let (service, token) = try service()
        #expect(token.count == 49, "256 bits in base64: \(token)")
        #expect(try service.curl("/v1/jobs", bearer(token)).status == 200)
        #expect(!service.log.contains(token))
        let grep = try Program.run("grep", ["-r", "-F", "-l", token, "\(service.folder)/data"])
        #expect(grep.code == 1, "\(String(decoding: grep.output, as: UTF8.self)) has the token")
        service.kill()
        try service.start(Self.beyond)
        #expect(!service.output.contains("token"))
        #expect(try service.curl("/v1/jobs", bearer(token)).status == 200)
    }

    /// Curl asks before it sends a body; the page itself is for everybody, who has to sign in somewhere.
    @Test func anUploadIsRefusedBeforeItsBodyAndThePageIsGiven() throws {
        let (service, _) = try service()
        for path in ["/healthz", "/", "/app/main.js", "/openapi.json", "/jobs/x"] {
            #expect(try service.curl(path).status == 200, "\(path)")
        }
        let upload = try service.curl("/v1/datasets/", "-T", try Samples.digits(5, in: service.folder))
        #expect(upload.status == 401)
        #expect(!upload.headers.contains("100 Continue"))
    }

    /// Sessions outlive the process, and end when the browser signs out.
    @Test func aSessionSurvivesKill9() throws {
        let (service, token) = try service()
        let answer = try service.curl("/v1/session", "-d", "{\"token\":\"\(token)\"}")
        #expect(answer.status == 200, "\(answer.text)")
        let signedIn = ["-H", "Cookie: \(try cookie(answer).prefix { $0 != ";" })"]
        service.kill()
        try service.start(Self.beyond)
        #expect(try service.curl("/v1/jobs", signedIn).status == 200)
        #expect(try service.curl("/v1/session", signedIn + ["-X", "DELETE"]).status == 204)
        #expect(try service.curl("/v1/jobs", signedIn).status == 401)
    }

    @Test func tokensComeAndGoWhileTheServiceRuns() throws {
        let (service, first) = try service()
        let made = try token(service, "create", "--name", "laptop")
        #expect(made.code == 0)
        let second = made.output.trimmingCharacters(in: .newlines)
        #expect(try service.curl("/v1/jobs", bearer(second)).status == 200)
        #expect(try token(service, "create", "--name", "laptop").code == 1)
        let list = try token(service, "list").output
        #expect(list.contains("\tfirst\n") && list.contains("\tlaptop\n") && !list.contains(second))

        let session = try service.curl("/v1/session", "-d", "{\"token\":\"\(second)\"}")
        let signedIn = ["-H", "Cookie: \(try cookie(session).prefix { $0 != ";" })"]
        #expect(try service.curl("/v1/jobs", signedIn).status == 200)
        #expect(try token(service, "revoke", "laptop").code == 0)
        #expect(try service.curl("/v1/jobs", bearer(second)).status == 401)
        #expect(try service.curl("/v1/jobs", signedIn).status == 401, "its sessions end with a token")
        #expect(try service.curl("/v1/jobs", bearer(first)).status == 200)
        #expect(try token(service, "revoke", "laptop").code == 1)
    }

    @Test func aTokenMadeBeforeTheFirstStartIsTheFirst() throws {
        let (service, first) = try service()
        #expect(service.stop() == 0)
        #expect(try token(service, "revoke", "first").code == 0)
        let made = try token(service, "create").output.trimmingCharacters(in: .newlines)
        try service.start(Self.beyond)
        #expect(!service.output.contains("token"))
        #expect(try service.curl("/v1/jobs", bearer(made)).status == 200)
        #expect(try service.curl("/v1/jobs", bearer(first)).status == 401)
    }

    @Test func thePageAsksForTheTokenAndGoesOn() throws {
        guard Program.exists("chromedriver"), Program.exists("chromium"), Program.exists("python3") else {
            print("skipped: chromium, chromedriver or python3 is not here")
            return
        }
        let (service, token) = try service()
        let script = "\(Service.package)/Tests/EndToEndTests/Browser/sign_in_test.py"
        // Browsers take a secure cookie without TLS from localhost only.
        let base = service.url.replacing("127.0.0.1", with: "localhost")
        let result = try Program.run("python3", [script, base, token])
        #expect(result.code == 0, "\(String(decoding: result.output, as: UTF8.self))")
    }
}
