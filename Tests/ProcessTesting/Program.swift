import Foundation
import TestSupport

/// Runs programs by `posix_spawn` and waits for them by `waitpid`: nothing between the test and the process.
package struct Program {
    package let id: pid_t

    /// - Parameters:
    ///   - path: the program, looked up in PATH where it has no slash
    ///   - output: the file that takes its standard output; discarded where nil
    ///   - errors: the file that takes its standard error; discarded where nil
    package init(_ path: String, _ arguments: [String], output: String? = nil, errors: String? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var id: pid_t = 0
        let status = posix_spawnp(&id, path, &actions, nil, words, environ)
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
        self.id = id
    }

    package func signal(_ number: Int32) { kill(id, number) }

    /// Waits for its end: the exit code, or minus the signal.
    @discardableResult package func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    /// Runs a program to its end.
    /// - Returns: its exit code and standard output
    package static func run(_ path: String, _ arguments: [String]) throws -> (code: Int32, output: [UInt8]) {
        try TemporaryFolder.with { folder in
            let file = "\(folder)/output"
            let code = try Program(path, arguments, output: file).wait()
            return (code, FileManager.default.contents(atPath: file).map { [UInt8]($0) } ?? [])
        }
    }

    /// Whether a program can be found.
    package static func exists(_ name: String) -> Bool {
        (try? run("sh", ["-c", "command -v \(name)"]).code) == 0
    }
}
