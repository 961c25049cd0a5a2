import Foundation
import Subprocess
import SystemPackage
import Tasks

/// Starts children on this machine: in a session of their own, with an empty environment, and with a standard input
/// that this process holds open. Its end tells a child that its parent is gone.
public struct LocalLauncher: Launcher {
    /// The program that is started: this one.
    private let executable: String

    /// - Parameter executable: path of the `plumbline` program
    public init(executable: String) { self.executable = executable }

    /// Starts the process and follows it to its end; see `Launcher`.
    public func run(
        _ task: ChildTask,
        started: @escaping @Sendable (Int32) async -> Void,
        received: @escaping @Sendable (ChildLine) async -> Void
    ) async -> ChildExit {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(10))
        ]
        var environment: [Subprocess.Environment.Key: String] = [:]
        for (name, value) in task.environment { environment[.init(stringLiteral: name)] = value }
        do {
            let log = try FileDescriptor.open(
                FilePath(task.standardError),
                .writeOnly,
                options: [.create, .append, .closeOnExec],
                permissions: .ownerReadWrite
            )
            let result = try await Subprocess.run(
                .path(FilePath(executable)),
                arguments: Arguments(task.arguments),
                environment: .custom(environment),
                platformOptions: options,
                input: .inputWriter,
                output: .sequence,
                error: .fileDescriptor(log, closeAfterSpawningProcess: true)
            ) { execution in
                await started(execution.processIdentifier.value)
                for try await line in execution.standardOutput.strings() {
                    if let line = ChildLine(line) { await received(line) }
                }
            }
            switch result.terminationStatus {
            case .exited(let code): return .exited(code)
            case .signaled(let signal): return .signalled(signal)
            }
        } catch is CancellationError {
            return .signalled(SIGTERM)
        } catch {
            return .notStarted("\(error)")
        }
    }
}
