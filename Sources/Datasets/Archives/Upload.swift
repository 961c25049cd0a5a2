import Files
import Glibc

/// One uploaded file, read by descriptor: what it is, from its first bytes.
package final class Upload {
    /// What the file is before anybody looks at what it means.
    package enum Container: Hashable {
        /// ZIP, TAR or TAR in gzip.
        case archive
        /// A gzip file of one file.
        case gzip
        /// Anything else.
        case plain
    }

    /// Stays the caller's.
    package let descriptor: CInt
    /// Bytes.
    package let size: Int
    /// The first bytes (at most 4 KiB), unpacked where it is a gzip file of one file.
    package let head: [UInt8]
    /// What the first bytes say.
    package let container: Container

    package init(descriptor: CInt) throws(IngestError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .files(.init(operation: "stat", path: "upload", code: errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .files(.init(operation: "read", path: "upload", code: EISDIR))
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
        guard size > 0 else { throw .empty }
        let raw = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, 4096, 0))
        }
        if GzipInflater.isGzip(raw) {
            let inner = GzipInflater.firstBytes(of: raw)
            container = Self.isTar(inner) ? .archive : .gzip
            head = Array(inner.prefix(4096))
        } else {
            container = Self.isZip(raw) || Self.isTar(raw) ? .archive : .plain
            head = raw
        }
    }

    /// Opens the archive from its first entry.
    package func openArchive(limits: IngestLimits) throws(IngestError) -> ArchiveReader {
        try ArchiveReader(descriptor: descriptor, size: size, limits: limits)
    }

    /// A ZIP starts with a member, or with the end record where it has none.
    package static func isZip(_ head: [UInt8]) -> Bool {
        head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6])
    }

    /// The header checksum that every TAR dialect has (POSIX pax, ustar interchange format): the sum of the block's
    /// bytes, the checksum field itself counted as spaces.
    static func isTar(_ head: [UInt8]) -> Bool {
        guard head.count >= 512, head[0] != 0 else { return false }
        let field = head[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        guard !field.isEmpty else { return false }
        let stated = field.reduce(0) { $0 * 8 + Int($1 - 0x30) }
        let sum = head[..<512].indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(head[$1])) }
        return sum == stated
    }

    /// Archives and compressed files by their first bytes, whatever their name says.
    static func looksPacked(_ head: [UInt8]) -> Bool {
        let signatures: [[UInt8]] = [
            [0x1f, 0x8b], [0x42, 0x5a, 0x68], [0xfd, 0x37, 0x7a, 0x58, 0x5a],
            [0x37, 0x7a, 0xbc, 0xaf], [0x52, 0x61, 0x72, 0x21], [0x28, 0xb5, 0x2f, 0xfd],
        ]
        return signatures.contains { head.starts(with: $0) } || isZip(head) || isTar(head)
    }
}
