import Foundation

/// A file operation that the system refused: which one, on what, and why.
public struct FilesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system call, such as `write` or `rename`.
    public var operation: String
    /// The path as it was given.
    public var path: String
    /// The `errno` of the refusal.
    public var code: Int32

    /// - Parameters:
    ///   - operation: the system call
    ///   - path: the path as it was given
    ///   - code: the `errno` of the refusal
    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// No space, no quota or a file size limit: what a client is told as 507.
    public var isDiskFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(code) }

    /// The file or folder does not exist.
    public var isMissing: Bool { [ENOENT, ENOTDIR].contains(code) }

    /// One sentence for people.
    public var description: String { "\(operation) \(path): \(String(cString: strerror(code)))" }
}
