import CLinux
import Foundation

/// An upload in flight: a file without a name (`O_TMPFILE`, open(2)), so that nothing is left of it when the client or
/// this process goes away, hashed while it is written.
///
/// An actor on a queue of its own, because chunks arrive from asynchronous code and the writes may block.
public actor IncomingFile {
    /// Bytes written so far.
    public private(set) var count = 0
    /// A queue of its own: writes block.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = QueueExecutor(label: "files.incoming")
    private let files: Files
    private let folder: String
    private let descriptor: Int32
    private var hasher = SHA256Hasher()
    private var digested: FileDigest?

    /// Where files are opened, which may block too.
    private static let opening = DiskQueue(label: "files.incoming.open")

    /// A new one.
    ///
    /// - Parameter folder: an existing folder on the file system that is to hold the bytes
    public static func open(in folder: String, files: Files) async throws -> IncomingFile {
        try await opening.run { try IncomingFile(in: folder, files: files) }
    }

    private init(in folder: String, files: Files) throws(FilesError) {
        try files.check("open", folder)
        let descriptor = Glibc.open(folder, O_RDWR | clinux_o_tmpfile | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: folder, code: errno) }
        self.files = files
        self.folder = folder
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(FilesError) {
        try files.check("write", folder)
        let failure: FilesError? = bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    return FilesError(operation: "write", path: folder, code: errno)
                }
                offset += written
            }
            hasher.update(buffer)
            return nil
        }
        if let failure { throw failure }
        count += bytes.count
    }

    /// Bytes that have been written, from a place on; fewer at the end.
    public func read(at offset: Int, count: Int) throws(FilesError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { code = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard code == 0 else { throw FilesError(operation: "read", path: folder, code: code) }
        return bytes
    }

    /// Ends the upload: the digest of all bytes. Nothing may be written afterwards.
    public func digest() -> FileDigest {
        let digest = digested ?? FileDigest(sha256: hasher.finish(), bytes: count)
        digested = digest
        return digest
    }

    /// Gives the bytes a name, after making them durable.
    public func link(to path: String) throws(FilesError) {
        try files.check("fsync", path)
        guard fsync(descriptor) == 0 else { throw FilesError(operation: "fsync", path: path, code: errno) }
        try files.check("link", path)
        guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
            throw FilesError(operation: "link", path: path, code: errno)
        }
        try files.syncFolder(of: path)
    }
}
