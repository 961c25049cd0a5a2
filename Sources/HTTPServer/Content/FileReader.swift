import Glibc
import Synchronization

/// A part of a file, read from its start to its end in pieces of 256 KiB.
final class FileReader: Sendable {
    /// Why a file cannot be sent.
    enum Failure: Error, Hashable {
        case system(call: String, path: String, code: Int32)
        /// The file has become shorter than the answer says.
        case truncated(path: String)
    }

    private static let pieceBytes = 256 * 1024

    private let path: String
    private let descriptor: Int32
    private let end: Int
    private let position: Atomic<Int>

    init(path: String, range: Range<Int>) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0 { throw Failure.system(call: "open", path: path, code: errno) }
        position = Atomic(range.lowerBound)
        end = range.upperBound
    }

    deinit {
        _ = close(descriptor)
    }

    /// The next piece, `nil` at the end.
    func next() throws -> [UInt8]? {
        let start = position.load(ordering: .relaxed)
        let wanted = min(Self.pieceBytes, end - start)
        if wanted == 0 { return nil }
        let piece = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            let read = pread(descriptor, buffer.baseAddress, wanted, start)
            if read < 0 { throw Failure.system(call: "pread", path: path, code: errno) }
            if read == 0 { throw Failure.truncated(path: path) }
            count = read
        }
        position.store(start + piece.count, ordering: .relaxed)
        return piece
    }
}
