import Foundation
public import Tasks

/// One run of a child of this program: parse an upload, train a member or a few steps of it, or reduce evidence.
public struct ChildTask: Sendable {
    /// The subcommand and its arguments.
    public var arguments: [String]
    /// The file that takes its standard error.
    public var standardError: String
    /// Environment variables; all others are absent.
    public var environment: [String: String]

    /// What a child that trains is given: no more threads than it is to have, since others train beside it.
    static func workerEnvironment(threads: Int) -> [String: String] {
        ["OMP_NUM_THREADS": "\(threads)", "OMP_WAIT_POLICY": "passive"]
    }

    /// - Parameters:
    ///   - arguments: the subcommand and its arguments
    ///   - standardError: the file that takes its standard error
    ///   - environment: all of its environment variables
    public init(arguments: [String], standardError: String, environment: [String: String] = [:]) {
        self.arguments = arguments
        self.standardError = standardError
        self.environment = environment
    }
}

/// How a child ended. It explains a failure; success is proved by a manifest.
public enum ChildExit: Sendable, Hashable, CustomStringConvertible {
    /// By itself, with this code: 0 fine, 64 and 65 bad specification or data, 75 try again (sysexits.h).
    case exited(Int32)
    /// By this signal.
    case signalled(Int32)
    /// It could not be started.
    case notStarted(String)

    /// Whether another start may help. What was wrong with the data stays wrong.
    public var mayRetry: Bool { self != .exited(64) && self != .exited(65) }

    /// One sentence for people.
    public var description: String {
        switch self {
        case .exited(let code): "it ended with code \(code)"
        case .signalled(let signal):
            "it was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
                + (signal == SIGKILL ? ", perhaps for want of memory" : "")
        case .notStarted(let why): "it could not be started: \(why)"
        }
    }
}

/// Runs children. The local one starts processes on this machine; another may hand the same task folders to a cluster.
public protocol Launcher: Sendable {
    /// Runs a child to its end. Cancelling the Swift task asks the child to stop and, ten seconds later, kills it.
    ///
    /// - Parameters:
    ///   - task: what to run
    ///   - started: called with the process id once it runs
    ///   - received: called for each line that it prints
    func run(
        _ task: ChildTask,
        started: @escaping @Sendable (Int32) async -> Void,
        received: @escaping @Sendable (ChildLine) async -> Void
    ) async -> ChildExit
}
