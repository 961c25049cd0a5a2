import ArgumentParser
import Configuration
import Files
import Foundation
import Program
import TestSupport
import Testing

struct SettingsTests {
    /// The table of `config/README.md` has a row for each setting, in the order of the declaration, with the flag that
    /// the command line has, the variable that the environment has, and its key.
    @Test func thePaperIsTheDeclaration() throws {
        let page = try String(contentsOf: root.appending(path: "config/README.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("|") && $0.contains("PLUMBLINE_") }.map { row in
            row.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
        }
        let help = Serve.helpMessage()
        #expect(rows.map { $0[3] } == ServerSetting.all.map(\.key))
        for row in rows {
            let words = row[3].replacing(/[A-Z]/) { "-\($0.output.lowercased())" }
            #expect(row[2] == "PLUMBLINE_" + words.uppercased().replacing("-", with: "_"))
            #expect(row[1] == (help.contains("--\(words)") ? "--\(words)" : ""), "\(row[3])")
        }
    }

    /// The version is said once, and the documents follow.
    @Test func theDocumentsAreOfThisVersion() throws {
        let document = try String(contentsOf: root.appending(path: "public/openapi.json"), encoding: .utf8)
        #expect(document.contains("\"version\": \"\(Version.program)\""))
        #expect(document.contains("ok plumbline \(Version.program)"))
        let changes = try String(contentsOf: root.appending(path: "CHANGELOG.md"), encoding: .utf8)
        #expect(changes.contains("## [\(Version.program)] - 20"))
    }

    /// The file that the repository brings is one that the program takes.
    @Test func theFileOfTheRepositoryIsTaken() async throws {
        let settings = try await Settings.load(flags: [:], file: root.appending(path: "config/plumbline.json").path())
        #expect(settings.allowedHosts == ["localhost", "127.0.0.1", "[::1]"])
    }

    /// What is of another type, out of range or misspelt is refused, not replaced by the default.
    @Test(arguments: [
        (#"{"port":"http"}"#, "port"), (#"{"port":70000}"#, "port is 0 to 65535"), (#"{"slots":1.5}"#, "slots"),
        (#"{"behindProxy":"perhaps"}"#, "behindProxy"), (#"{"retentionDays":"long"}"#, "retentionDays"),
        (#"{"logLevel":"inof"}"#, "logLevel is one of trace, debug"), (#"{"allowedHosts":7}"#, "allowedHosts"),
        (#"{"dataDirectory":"x"}"#, "unknown key"), ("[]", "JSON object"),
    ])
    func whatCannotBeTakenIsRefused(_ file: String, _ words: String) async throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = "\(folder.path)/settings.json"
        try Data(file.utf8).write(to: URL(fileURLWithPath: path))
        let fault = await #expect(throws: SettingsFault.self) { try await Settings.load(flags: [:], file: path) }
        let refusal = "\(try #require(fault))"
        #expect(refusal.contains(words), "\(refusal)")
    }

    private var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }
}
