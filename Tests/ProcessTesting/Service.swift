import Foundation
import TestSupport

/// A real service process on a free port and a data folder of its own, spoken to by curl.
package final class Service {
    private let home = TemporaryFolder()
    package var folder: String { home.path }
    package private(set) var url = ""
    private var program: Program?
    private var ended = false

    /// The package's folder.
    package static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The program that was built beside the tests.
    package static let executable = built("plumbline")

    /// A program that was built beside the tests.
    package static func built(_ name: String) -> String {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return "\(package)/.build/release/\(name)"
    }

    private let executable: String

    /// - Parameters:
    ///   - extra: further arguments of the first start
    ///   - name: the program
    package init(_ extra: [String] = [], of name: String = "plumbline") throws {
        executable = Self.built(name)
        try start(extra)
    }

    deinit { kill() }

    /// Starts the process and waits for the line that says where it listens.
    package func start(_ extra: [String] = []) throws {
        let output = "\(folder)/out.txt"
        unlink(output)
        program = try Program(
            executable,
            [
                "serve", "--port", "0", "--data-dir", "\(folder)/data", "--public-dir", "\(Self.package)/public",
                "--slots", "2", "--paths", "fixed",
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
    package var output: String { (try? String(contentsOfFile: "\(folder)/out.txt", encoding: .utf8)) ?? "" }
    package var processId: pid_t { program?.id ?? 0 }
    package var log: String { (try? String(contentsOfFile: "\(folder)/log.txt", encoding: .utf8)) ?? "" }

    /// kill -9.
    package func kill() {
        guard let program, !ended else { return }
        program.signal(SIGKILL)
        program.wait()
        ended = true
    }

    /// SIGTERM.
    /// - Returns: the exit code
    package func stop() -> Int32 {
        guard let program, !ended else { return 0 }
        program.signal(SIGTERM)
        ended = true
        return program.wait()
    }

    // MARK: Talking to it

    package struct Answer {
        package var status: Int
        package var headers: String
        package var body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }

        package func json() throws -> [String: Any] {
            guard let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
                throw ServiceError(detail: "not a JSON object: \(text.prefix(200))")
            }
            return object
        }
    }

    /// One curl call. Arguments that start with a slash after the first word are paths of the service.
    package func curl(_ path: String, _ arguments: String...) throws -> Answer { try curl(path, arguments) }

    package func curl(_ path: String, _ arguments: [String]) throws -> Answer {
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
    package func job(_ id: String, until: ([String: Any]) -> Bool = { _ in false }) throws -> [String: Any] {
        while true {
            let job = try curl("/v1/jobs/\(id)").json()
            let state = job["state"] as? String
            if state != "queued" && state != "running" || until(job) { return job }
            usleep(50_000)
        }
    }

    /// Process ids of the workers.
    package var workers: [pid_t] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { pid_t($0) }.filter { id in
            guard let text = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return false }
            let words = String(decoding: text, as: UTF8.self)
            return words.contains("worker\0--task\0\(folder)/")
        }
    }

    /// Largest resident size so far, in bytes.
    package var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(processId)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.split(whereSeparator: { !$0.isNumber }).first ?? "") ?? 0) * 1_024
    }
}

package struct ServiceError: Error, CustomStringConvertible {
    package var detail: String
    package var description: String { detail }
}
