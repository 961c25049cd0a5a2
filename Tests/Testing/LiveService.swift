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
    /// What its first start showed; nil where nobody has to sign in.
    package let token: String?
    private let bench: Bench
    private let server: HTTPServer
    private let port: Int

    /// Runs it for the length of `body`.
    ///
    /// - Parameter behindProxy: whether it is one that others reach, by TLS, and so asks for a token
    package static func run<Result: Sendable>(
        _ launcher: FakeLauncher = FakeLauncher(),
        files: Files = .live,
        queueLimit: Int = 100,
        behindProxy: Bool = false,
        _ body: (LiveService) async throws -> Result
    ) async throws -> Result {
        let bench = Bench(launcher)
        let experiments = try bench.open(files: files, queueLimit: queueLimit)
        let service = try LiveService(bench, experiments, behindProxy: behindProxy)
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

    private init(_ bench: Bench, _ experiments: Experiments, behindProxy: Bool) throws {
        self.bench = bench
        self.experiments = experiments
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var access: AccessControl?
        var token: String?
        if behindProxy {
            let file = try AccessFile(in: experiments.folder.root, files: experiments.folder.files)
            token = try file.createFirstToken()
            access = AccessControl(file: file, isSecure: true, logger: logger)
        }
        self.token = token
        server = HTTPServer(
            configuration: ServerConfiguration(port: 0, gatekeeper: access),
            router: bench.api(on: experiments, access: access).router(),
            logger: logger
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
    ///
    /// - Parameter chunked: sends the bytes without saying how many they are
    package func ask(
        _ method: String = "GET",
        _ path: String,
        _ document: String? = nil,
        sending bytes: Data? = nil,
        chunked: Bool = false,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        // Cookies are what a test says; the jar of this process belongs to all of its tests.
        request.httpShouldHandleCookies = false
        if chunked, let bytes {
            request.httpBodyStream = InputStream(data: bytes)
        } else {
            request.httpBody = bytes ?? document.map { Data($0.utf8) }
        }
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

    /// Posts a form.
    package func post(
        _ path: String,
        _ parts: Form.Part...,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        let form = Form(parts)
        return try await ask(
            "POST",
            path,
            sending: form.body,
            headers: headers.merging(["Content-Type": form.contentType]) { $1 }
        )
    }

    /// The job document once the job has ended.
    package func job(_ name: String) async throws -> [String: Any] {
        let found = try await ask("GET", "/v1/jobs/\(name)")
        guard let id = try found.json()["id"] as? String else { throw URLError(.fileDoesNotExist) }
        _ = try await experiments.finished(id)
        return try await ask("GET", "/v1/jobs/\(id)").json()
    }

    /// What stands in a folder of the data folder.
    package func entries(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(experiments.folder.root)/\(folder)")
    }
}
