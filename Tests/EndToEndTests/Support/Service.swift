import Foundation
import Testing

/// A real service process on a free port and a data folder of its own, spoken to by curl.
final class Service {
    let folder: String
    private(set) var url = ""
    private var program: Program?
    private var ended = false

    /// The package's folder.
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The program that was built beside the tests.
    static let executable: String = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("plumbline").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return "\(package)/.build/release/plumbline"
    }()

    /// - Parameter extra: further arguments of the first start
    init(_ extra: [String] = []) throws {
        folder = NSTemporaryDirectory() + "plumbline-service-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try start(extra)
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Starts the process and waits for the line that says where it listens.
    func start(_ extra: [String] = []) throws {
        let output = "\(folder)/out.txt"
        unlink(output)
        program = try Program(
            Self.executable,
            [
                "serve", "--port", "0", "--data-dir", "\(folder)/data", "--public-dir", "\(Self.package)/public",
                "--slots", "2",
            ] + extra,
            output: output,
            errors: "\(folder)/log.txt"
        )
        ended = false
        let line = "listening on "
        while true {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n")
            if let told = lines.first(where: { $0.hasPrefix(line) }), text.hasSuffix("\n") {
                url = String(told.dropFirst(line.count)).replacing("//0.0.0.0:", with: "//127.0.0.1:")
                return
            }
            var status: Int32 = 0
            if waitpid(processId, &status, WNOHANG) == processId {
                ended = true
                throw ServiceError(detail: "the service did not start:\n\(log)")
            }
            usleep(10_000)
        }
    }

    /// What it has said on standard output since its last start.
    var output: String { (try? String(contentsOfFile: "\(folder)/out.txt", encoding: .utf8)) ?? "" }
    var processId: pid_t { program?.id ?? 0 }
    var log: String { (try? String(contentsOfFile: "\(folder)/log.txt", encoding: .utf8)) ?? "" }

    /// kill -9.
    func kill() {
        guard let program, !ended else { return }
        program.signal(SIGKILL)
        program.wait()
        ended = true
    }

    /// SIGTERM.
    /// - Returns: the exit code
    func stop() -> Int32 {
        guard let program, !ended else { return 0 }
        program.signal(SIGTERM)
        ended = true
        return program.wait()
    }

    // MARK: Talking to it

    struct Answer {
        var status: Int
        var headers: String
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
            return try #require(object, "not a JSON object: \(text.prefix(200))")
        }
    }

    /// One curl call. Arguments that start with a slash after the first word are paths of the service.
    func curl(_ path: String, _ arguments: String...) throws -> Answer { try curl(path, arguments) }

    func curl(_ path: String, _ arguments: [String]) throws -> Answer {
        let name = "\(folder)/\(UUID().uuidString)"
        defer {
            unlink(name)
            unlink("\(name).head")
        }
        let result = try Program.run(
            "curl",
            ["-sS", "--max-time", "120", "-g", "-o", name, "-D", "\(name).head", "-w", "%{http_code}"] + arguments
                + [url + path]
        )
        return Answer(
            status: Int(String(decoding: result.output, as: UTF8.self)) ?? -Int(result.code),
            headers: (try? String(contentsOfFile: "\(name).head", encoding: .utf8)) ?? "",
            body: FileManager.default.contents(atPath: name).map { [UInt8]($0) } ?? []
        )
    }

    /// The job document once the job has ended, or once `until` holds.
    func job(_ id: String, until: ([String: Any]) -> Bool = { _ in false }) throws -> [String: Any] {
        while true {
            let job = try curl("/v1/jobs/\(id)").json()
            let state = job["state"] as? String
            if state != "queued" && state != "running" || until(job) { return job }
            usleep(50_000)
        }
    }

    /// Process ids of the workers.
    var workers: [pid_t] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { pid_t($0) }.filter { id in
            guard let text = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return false }
            let words = String(decoding: text, as: UTF8.self)
            return words.contains("worker\0--task\0\(folder)/")
        }
    }

    /// Largest resident size so far, in bytes.
    var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(processId)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.split(whereSeparator: { !$0.isNumber }).first ?? "") ?? 0) * 1_024
    }
}

struct ServiceError: Error, CustomStringConvertible {
    var detail: String
    var description: String { detail }
}
