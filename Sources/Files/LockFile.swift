import Foundation

/// An exclusive lock on a file, held until this object is released or the process ends, however it ends (`flock(2)`).
public final class LockFile: Sendable {
    private let descriptor: Int32

    /// - Parameter waits: whether to wait for another process that holds it
    /// - Throws: `FilesError` with code `EWOULDBLOCK` where another process holds it and this one does not wait
    public init(_ path: String, waits: Bool = false) throws(FilesError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: path, code: errno) }
        var status = flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB)
        while status != 0, errno == EINTR { status = flock(descriptor, waits ? LOCK_EX : LOCK_EX | LOCK_NB) }
        guard status == 0 else {
            let code = errno
            close(descriptor)
            throw FilesError(operation: "flock", path: path, code: code)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
