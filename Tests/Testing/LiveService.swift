import Experiments
import Files
import Foundation
import HTTPServer
import Logging
import Service

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The whole service in the test's process: its API behind its server, on experiments whose children are closures.
package final class LiveService: Sendable {
    package let experiments: Experiments
    private let bench: Bench
    private let server: HTTPServer
    private let port: Int

    /// Runs it for the length of `body`.
    package static func run<Result: Sendable>(
        _ launcher: FakeLauncher = FakeLauncher(),
        files: Files = .live,
        queueLimit: Int = 100,
        _ body: (LiveService) async throws -> Result
    ) async throws -> Result {
        let bench = Bench(launcher)
        let service = try LiveService(bench, try bench.open(files: files, queueLimit: queueLimit))
        try await service.experiments.start()
        do {
            let result = try await body(service)
            await service.stop()
            return result
        } catch {
            await service.stop()
            throw error
        }
    }

    private init(_ bench: Bench, _ experiments: Experiments) throws {
        self.bench = bench
        self.experiments = experiments
        server = HTTPServer(
            configuration: ServerConfiguration(port: 0),
            router: bench.api(on: experiments).router(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try server.start()
        guard let port = server.boundPort else { throw URLError(.cannotConnectToHost) }
        self.port = port
    }

    private func stop() async {
        await server.shutdown()
        await experiments.stop()
    }

    /// An answer, read whole.
    package struct Answer: Sendable {
        package let status: Int
        /// By name in lower case.
        package let headers: [String: String]
        package let body: Data
        package var text: String { String(decoding: body, as: UTF8.self) }

        package func json() throws -> [String: Any] {
            guard let object = try JSONSerialization.jsonObject(with: body) as? [String: Any] else {
                throw URLError(.cannotParseResponse)
            }
            return object
        }
    }

    /// Asks, with a document of JSON or with bytes as the body.
    package func ask(
        _ method: String = "GET",
        _ path: String,
        _ document: String? = nil,
        sending bytes: Data? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = bytes ?? document.map { Data($0.utf8) }
        if document != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let fields = response.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
        return Answer(
            status: response.statusCode,
            headers: Dictionary(fields, uniquingKeysWith: { $1 }),
            body: data
        )
    }
}
