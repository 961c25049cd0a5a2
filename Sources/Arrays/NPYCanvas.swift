import Files
import Foundation

/// An NPY file whose values are set in any order: for arrays larger than memory that do not arrive row by row. The file
/// is mapped, so the kernel moves what memory cannot hold.
///
/// The file appears under its name only when `finish` returns; of a canvas that is not finished nothing remains.
package final class NPYCanvas<Element: ArrayElement> {
    /// The name that the file will have.
    package let path: String
    /// Extents, slowest first.
    package let shape: [Int]
    /// All values in row-major order, zero at first; valid as long as the canvas lives.
    package let values: UnsafeMutableBufferPointer<Element>

    private let memory: UnsafeMutableRawBufferPointer
    private let temporary: String
    private let files: Files
    private var isFinished = false

    /// Makes the file at its full size, so that a full disk shows here and not as a fault of a later write.
    ///
    /// - Throws: `FilesError` where the disk refuses, `ArrayError.tooLarge` where the extents overflow
    package init(path: String, shape: [Int], files: Files = .live) throws {
        let stride = MemoryLayout<Element>.stride
        guard let count = elementCount(shape), count <= (Int.max >> 1) / stride else {
            throw ArrayError.tooLarge(name: path, limit: (Int.max >> 1) / stride, got: Int.max)
        }
        let header = NPYHeader(shape: shape, dtype: Element.dtype.rawValue).encoded()
        let bytes = header.count + count * stride
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        let memory = try Self.map(temporary, bytes: bytes)
        memory.copyBytes(from: header)
        let start = (memory.baseAddress! + header.count).bindMemory(to: Element.self, capacity: count)
        values = UnsafeMutableBufferPointer(start: start, count: count)
        self.memory = memory
        self.temporary = temporary
        self.path = path
        self.shape = shape
        self.files = files
    }

    deinit {
        munmap(memory.baseAddress, memory.count)
        if !isFinished { unlink(temporary) }
    }

    /// Makes content and name durable. The values may still be read afterwards, and no longer be changed.
    ///
    /// - Returns: the digest and size of the file
    package func finish() throws -> FileDigest {
        guard msync(memory.baseAddress, memory.count, MS_SYNC) == 0 else {
            throw FilesError(operation: "msync", path: path, code: errno)
        }
        try files.sync(temporary)
        try files.rename(temporary, to: path)
        isFinished = true
        var hasher = SHA256Hasher()
        hasher.update(UnsafeRawBufferPointer(memory))
        return FileDigest(sha256: hasher.finish(), bytes: memory.count)
    }

    /// The descriptor is closed at once: a mapping needs none, and there may be many canvases.
    private static func map(_ path: String, bytes: Int) throws(FilesError) -> UnsafeMutableRawBufferPointer {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FilesError(operation: "open", path: path, code: errno) }
        defer { close(descriptor) }
        let refusal = posix_fallocate(descriptor, 0, bytes)
        guard refusal == 0 else {
            unlink(path)
            throw FilesError(operation: "fallocate", path: path, code: refusal)
        }
        guard let start = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED
        else {
            let code = errno
            unlink(path)
            throw FilesError(operation: "map", path: path, code: code)
        }
        return UnsafeMutableRawBufferPointer(start: start, count: bytes)
    }
}
