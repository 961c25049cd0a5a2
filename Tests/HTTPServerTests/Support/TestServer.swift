import Foundation
import HTTPServer
import HTTPTypes
import Logging
import Synchronization
import Testing

/// Starts a server on a free loopback port, runs `body`, shuts the server down, and insists that nothing is left.
func withServer(
    limits: Limits = quickLimits(),
    router: Router = Router(),
    staticFiles: StaticFiles? = nil,
    logger: Logger = silentLogger,
    makeEngine: (@Sendable () -> any TransportEngine)? = nil,
    _ body: (Int, HTTPServer) async throws -> Void
) async throws {
    let server = HTTPServer(
        configuration: ServerConfiguration(host: "127.0.0.1", port: 0, limits: limits),
        router: router,
        staticFiles: staticFiles,
        logger: logger,
        makeEngine: makeEngine
    )
    try server.start()
    let port = try #require(server.boundPort)
    do {
        try await body(port, server)
    } catch {
        await server.shutdown()
        throw error
    }
    await server.shutdown()
    #expect(server.connectionCount == 0)
    #expect(socketsOfServer(port: port) == 0)
}

/// The default limits with a quick clock and a short end.
func quickLimits(_ change: (inout Limits) -> Void = { _ in }) -> Limits {
    var limits = Limits()
    limits.tick = .milliseconds(10)
    limits.shutdownGrace = .milliseconds(500)
    change(&limits)
    return limits
}

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Sends `text` on a connection of its own and returns the answer.
func exchange(_ port: Int, _ text: String, toHead: Bool = false) async throws -> Client.Answer {
    try await blocking {
        let client = try Client(port: port)
        defer { client.close() }
        try client.send(text)
        return try client.readAnswer(toHead: toHead)
    }
}

/// Sockets with that local port that belong to a process and do not listen, by the kernel's own table: a leak of the
/// server shows here whatever other tests of the process have open.
func socketsOfServer(port: Int) -> Int {
    let table = (try? String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)) ?? ""
    let suffix = ":" + String(format: "%04X", port)
    return table.split(separator: "\n").dropFirst().count { line in
        let columns = line.split(separator: " ")
        let isListening = columns[3] == "0A"
        let hasOwner = columns[9] != "0"
        return columns[1].hasSuffix(suffix) && !isListening && hasOwner
    }
}

/// A value that handlers and clients share.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { storage = Mutex(value) }

    var value: Value { storage.withLock { $0 } }

    func change<T: Sendable>(_ body: @Sendable (inout Value) -> T) -> T { storage.withLock { body(&$0) } }
}

/// What the server logs.
final class LogCollector: Sendable {
    let lines = Shared<[String]>([])

    var logger: Logger {
        Logger(label: "test") { _ in Handler(collector: self) }
    }

    struct Handler: LogHandler {
        let collector: LogCollector
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            let line = "\(event.level) \(event.message) \(fields)"
            collector.lines.change { $0.append(line) }
        }
    }
}

/// All socket tests, one after the other: some of them count connections and seconds.
@Suite("Over sockets", .serialized)
enum SocketTests {}
