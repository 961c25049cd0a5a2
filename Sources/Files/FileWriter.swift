import Foundation

/// A file in the making: hashed while it is written, under its name only once it is finished.
///
/// A writer that is neither finished nor abandoned removes its temporary file when it is released. Not for use from
/// several threads at once.
public final class FileWriter {
    /// The name that the file will have.
    public let path: String
    /// Bytes written so far.
    public private(set) var count = 0
    private let files: Files
    private let temporary: String
    private var descriptor: Int32
    private var hasher = SHA256Hasher()

    init(files: Files, path: String) throws(FilesError) {
        self.files = files
        self.path = path
        // Unique per process and call, so that two writers of one name cannot mix their bytes: the last rename wins.
        temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        try files.check("open", temporary)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: temporary, code: errno) }
    }

    deinit { abandon() }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FilesError) {
        try files.check("write", path)
        var offset = 0
        while offset < bytes.count {
            let written = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
            if written < 0 {
                if errno == EINTR { continue }
                throw FilesError(operation: "write", path: path, code: errno)
            }
            offset += written
        }
        hasher.update(bytes)
        count += bytes.count
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(FilesError) {
        let outcome: Result<Void, FilesError> = bytes.withUnsafeBytes { buffer in
            do throws(FilesError) { return .success(try write(buffer)) } catch { return .failure(error) }
        }
        try outcome.get()
    }

    /// Makes the content and then the name durable.
    /// - Returns: the digest and size of what was written
    public func finish() throws(FilesError) -> FileDigest {
        do throws(FilesError) {
            try files.check("fsync", path)
            guard fsync(descriptor) == 0 else { throw FilesError(operation: "fsync", path: path, code: errno) }
            close(descriptor)
            descriptor = -1
            try files.rename(temporary, to: path)
        } catch {
            abandon()
            unlink(temporary)
            throw error
        }
        return FileDigest(sha256: hasher.finish(), bytes: count)
    }

    /// Gives the file up: nothing remains of it.
    public func abandon() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
        descriptor = -1
    }
}
