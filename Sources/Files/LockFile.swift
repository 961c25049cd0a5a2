import Foundation

/// An exclusive lock on a file, held until this object is released or the process ends, however it ends (`flock(2)`).
public final class LockFile: Sendable {
    private let descriptor: Int32

    /// - Throws: `FilesError` with code `EWOULDBLOCK` where another process holds it
    public init(_ path: String) throws(FilesError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw FilesError(operation: "flock", path: path, code: code)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
