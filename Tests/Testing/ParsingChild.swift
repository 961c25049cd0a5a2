import Datasets
import Experiments
import Files
import Foundation
import Recipes
import Tasks
import TestSupport
import TrainingLogs

/// The children that read what strangers send: they do in this process, on a thread of their own, what they do in one
/// of theirs, without its limits.
enum ParsingChild {
    /// Runs `ingest`, `revise` or `import` to its end, and passes on what it says.
    static func run(
        _ task: ChildTask,
        received: @escaping @Sendable (ChildLine) async -> Void
    ) async throws -> ChildExit {
        let (code, lines) = try await withTaskExecutorPreference(ThreadExecutor.shared) {
            var lines: [ChildLine] = []
            let code = try parse(task.arguments) { lines.append($0) }
            return (code, lines)
        }
        for line in lines { await received(line) }
        return .exited(code)
    }

    /// - Returns: the exit code
    private static func parse(_ arguments: [String], _ line: @escaping (ChildLine) -> Void) throws -> Int32 {
        func option(_ name: String) -> String? {
            arguments.firstIndex(of: "--\(name)").map { arguments[$0 + 1] }
        }
        let output = option("output") ?? ""
        switch arguments[0] {
        case "revise":
            let version = try DatasetVersion(parent: option("parent") ?? "")
            let table = try Files.live.openForReading(option("corrections") ?? "")
            return IngestChild.run(version: version, corrections: table.descriptor, output: output, line: line)
        case "import":
            let log = try Files.live.openForReading(option("upload") ?? "")
            return LogChild.run(
                upload: log.descriptor,
                output: output,
                token: option("token") ?? "",
                target: try option("dataset").map { try LogTarget(directory: $0) },
                options: LogOptions(
                    observe: option("observe").flatMap { .init(rawValue: $0) },
                    k: option("k").flatMap { Int($0) }
                ),
                line: line
            )
        default:
            let upload = try Files.live.openForReading(option("upload") ?? "")
            return IngestChild.run(
                upload: upload.descriptor,
                output: output,
                options: try JSON.raw(Array((option("options") ?? "").utf8)).decode(),
                line: line
            )
        }
    }
}
