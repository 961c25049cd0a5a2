import ArgumentParser
import Configuration
import Files
import Foundation
import Service

/// `plumbline token`: who may use the service. Works whether or not it runs; a running one heeds changes at once.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Create, list and revoke access tokens.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and show it, this once, on standard output."
        )

        @Option(help: "What to call it; by default the time.")
        var name: String?
        @OptionGroup var place: Place

        func run() async throws {
            try await place.open { file in
                let name = self.name ?? Date.now.formatted(.iso8601)
                guard (1...200).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 32 })
                else {
                    throw ValidationError("a name has 1 to 200 bytes and no control character")
                }
                let made = try file.createToken(named: name)
                print(made.secret)
                FileHandle.standardError.write(
                    Data("\(made.token.id) \"\(name)\": it is shown only now; what is kept is its SHA-256.\n".utf8)
                )
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tokens: id, time of creation, name.")

        @OptionGroup var place: Place

        func run() async throws {
            try await place.open { file in
                for token in try file.tokens() {
                    print("\(token.id)\t\(token.createdAt.formatted(.iso8601))\t\(token.name)")
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token and the sessions of browsers that signed in with it."
        )

        @Argument(help: "Its name or id.")
        var token: String
        @OptionGroup var place: Place

        func run() async throws {
            try await place.open { file in
                for token in try file.revoke(self.token) { print("\(token.id)\t\(token.name)\trevoked") }
            }
        }
    }

    /// Where the tokens are: the same rules as for `serve`.
    struct Place: ParsableArguments {
        @Option(help: "Folder that holds all data.")
        var dataDir: String?
        @Option(help: "Configuration file (JSON).")
        var config: String?

        func open(_ body: (AccessFile) throws -> Void) async throws {
            do {
                let flags = dataDir.map { ["dataDir": ConfigContent.string($0)] } ?? [:]
                let settings = try await Settings.load(flags: flags, file: config)
                try body(try AccessFile(in: settings.dataDir, files: .live))
            } catch let error as ValidationError {
                throw error
            } catch let error as any CustomStringConvertible & Error {
                FileHandle.standardError.write(Data("plumbline: \(error)\n".utf8))
                throw ExitCode(1)
            }
        }
    }
}
