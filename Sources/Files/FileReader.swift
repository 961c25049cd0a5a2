import Foundation

/// An open file that is read at any offset.
///
/// Sendable because the descriptor never changes and `pread` keeps no position: reads from several threads do not
/// disturb one another.
public final class FileReader: Sendable {
    /// The path as it was opened.
    public let path: String
    /// Size in bytes when it was opened.
    public let size: Int
    /// The open descriptor; valid as long as this object lives.
    public let descriptor: Int32

    init(files: Files, path: String) throws(FilesError) {
        try files.check("open", path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: path, code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw FilesError(operation: "stat", path: path, code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FilesError(operation: "read", path: path, code: EISDIR)
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads `count` bytes from `offset`, fewer only at the end of the file.
    public func read(at offset: Int, count: Int) throws(FilesError) -> [UInt8] {
        let wanted = max(0, min(count, size - offset))
        var failure: FilesError?
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let got = pread(descriptor, buffer.baseAddress! + filled, wanted - filled, off_t(offset + filled))
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = FilesError(operation: "read", path: path, code: errno)
                    return
                }
                if got == 0 { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
