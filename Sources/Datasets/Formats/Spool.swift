import Files
import Glibc

/// Bytes that are too many for memory and needed only until the end of an ingest: a file without a name in the output
/// folder, appended to, then mapped. Nothing of it remains, however the process ends.
package final class Spool {
    /// Stays the spool's: to be read from only, once it is finished.
    package let descriptor: CInt
    private var pending: [UInt8] = []
    /// Bytes so far.
    package private(set) var count = 0
    private var mapped: UnsafeRawBufferPointer?

    private static let chunk = 1 << 20

    package init(folder: String) throws(IngestError) {
        let path = "\(folder)/spool.\(getpid()).tmp"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, unlink(path) == 0 else {
            throw .files(FilesError(operation: "open", path: path, code: errno))
        }
    }

    deinit {
        if let mapped, let base = mapped.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: base), mapped.count)
        }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends bytes and says where they are.
    @discardableResult
    package func append(_ bytes: [UInt8]) throws(IngestError) -> Range<Int> {
        pending += bytes
        let start = count
        count += bytes.count
        if pending.count >= Self.chunk { try flush() }
        return start..<count
    }

    /// Ends the writing; from now on the bytes can be read.
    package func finish() throws(IngestError) {
        try flush()
        guard count > 0 else { return }
        guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            throw .files(FilesError(operation: "map", path: "spool", code: errno))
        }
        mapped = UnsafeRawBufferPointer(start: base, count: count)
    }

    /// The bytes of a range, valid as long as the spool lives.
    package func withBytes<Result>(
        _ range: Range<Int>,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        guard let mapped else { preconditionFailure("a spool is read after finish") }
        return try body(UnsafeRawBufferPointer(rebasing: mapped[range]).assumingMemoryBound(to: UInt8.self))
    }

    private func flush() throws(IngestError) {
        var offset = 0
        while offset < pending.count {
            let written = pending.withUnsafeBytes { write(descriptor, $0.baseAddress! + offset, $0.count - offset) }
            if written < 0 {
                if errno == EINTR { continue }
                throw .files(FilesError(operation: "write", path: "spool", code: errno))
            }
            offset += written
        }
        pending.removeAll(keepingCapacity: true)
    }
}
