import Files
import Foundation
import HTTPServer
import HTTPTypes
import Logging
import Service
import TestSupport
import Testing

/// Tokens and sessions in `access.json`, without a server.
@Suite struct AccessControlTests {
    private let folder = TemporaryFolder()

    private func request(_ name: HTTPField.Name, _ value: String) -> HTTPRequest {
        HTTPRequest(
            method: .get,
            scheme: "http",
            authority: "localhost",
            path: "/v1/jobs",
            headerFields: [name: value]
        )
    }

    private func control(_ file: AccessFile, isSecure: Bool = false) -> AccessControl {
        AccessControl(file: file, isSecure: isSecure, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func passes(_ control: AccessControl, _ request: HTTPRequest) async -> Bool {
        do throws(Problem) {
            try await control.admit(request)
            return true
        } catch {
            #expect(error.status == .unauthorized)
            return false
        }
    }

    @Test func whatIsKeptDoesNotOpenAnything() async throws {
        let file = try AccessFile(in: folder.path, files: .live)
        let made = try file.createToken(named: "one")
        let kept = try #require(String(bytes: try Files.live.read("\(folder.path)/access.json"), encoding: .utf8))
        #expect(!kept.contains(made.secret))
        let hash = SHA256Hasher.hash(Array(made.secret.utf8))
        #expect(kept.contains(hash))
        let control = control(file)
        #expect(await passes(control, request(.authorization, "Bearer \(made.secret)")))
        #expect(await !passes(control, request(.authorization, "Bearer \(hash)")))
    }

    @Test func aSessionEndsWithItsTime() async throws {
        let file = try AccessFile(in: folder.path, files: .live)
        let token = try file.createToken(named: "one").token
        let path = "\(folder.path)/access.json"
        func write(_ expiry: String) throws {
            let kept = try JSONSerialization.jsonObject(with: Data(try Files.live.read(path)))
            var document = try #require(kept as? [String: Any])
            document["sessions"] = [
                ["token_id": token.id, "expires_at": expiry, "sha256": SHA256Hasher.hash(Array("cookie".utf8))]
            ]
            try Files.live.write(try JSONSerialization.data(withJSONObject: document), to: path)
        }
        let control = control(file)
        try write("2999-01-01T00:00:00Z")
        #expect(await passes(control, request(.cookie, "a=b; plumbline=cookie")))
        #expect(await !passes(control, request(.cookie, "plumbline=cooki")))
        #expect(await !passes(control, request(.cookie, "__Host-plumbline=cookie")))
        try write("2001-01-01T00:00:00Z")
        #expect(await !passes(control, request(.cookie, "plumbline=cookie")))
    }

    @Test func writersTakeTurns() async throws {
        let path = folder.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    // A file object of its own, as another process has.
                    _ = try AccessFile(in: path, files: .live).createToken(named: "token \(index)")
                }
            }
            try await group.waitForAll()
        }
        #expect(try AccessFile(in: path, files: .live).tokens().count == 8)
    }

    @Test func aFullDiskLosesNoToken() async throws {
        let first = try AccessFile(in: folder.path, files: .live).createToken(named: "one").secret
        let full = Files(faults: FaultInjector { $0.operation == "fsync" ? ENOSPC : nil })
        #expect(throws: FilesError.self) {
            try AccessFile(in: folder.path, files: full).createToken(named: "two")
        }
        let file = try AccessFile(in: folder.path, files: .live)
        #expect(try file.tokens().map(\.name) == ["one"])
        #expect(await passes(control(file), request(.authorization, "Bearer \(first)")))
    }
}
