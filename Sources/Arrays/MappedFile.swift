import Glibc

/// A file mapped read-only for as long as this object lives.
///
/// The files of this project are never changed in place (written under another name, then renamed), so a mapping never
/// sees its file shrink.
final class MappedFile: Sendable {
    let path: String
    let count: Int
    // Read-only memory that belongs to this object from init to deinit: any thread may read it, none can write.
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    init(path: String) throws(ArrayError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        self.path = path
        (base, count) = try Self.map(descriptor, path: path)
    }

    /// Maps an open file; the descriptor stays the caller's.
    init(descriptor: Int32, name: String) throws(ArrayError) {
        path = name
        (base, count) = try Self.map(descriptor, path: name)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// Gives back the memory of the pages that were read; they are read again when they are needed. The content does not
    /// change: it is the file's.
    func releasePages() {
        if let base { madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_DONTNEED) }
    }

    /// The bytes; valid only while the object lives.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : count) }

    private static func map(_ descriptor: Int32, path: String) throws(ArrayError) -> (UnsafeRawPointer?, Int) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(operation: "stat", path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .system(operation: "map", path: path, code: ENODEV)
        }
        let count = Int(status.st_size)
        guard count > 0 else { return (nil, 0) }
        guard let mapped = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED else {
            throw .system(operation: "map", path: path, code: errno)
        }
        return (UnsafeRawPointer(mapped), count)
    }
}
