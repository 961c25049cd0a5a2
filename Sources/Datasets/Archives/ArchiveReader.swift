import CArchive
import Glibc

/// Reads the ordinary files of a ZIP or TAR archive (TAR also in gzip) in order, through libarchive.
///
/// Formats and filters are enabled one by one: libarchive's "all filters" may start external programs. Nothing is
/// extracted to paths. Entries, unpacked bytes and their ratio are capped by `IngestLimits`.
package final class ArchiveReader {
    /// The share of the archive's own bytes that has been read, 0...1.
    package var fraction: Double {
        size == 0 ? 1 : min(1, Double(archive_filter_bytes(handle, -1)) / Double(size))
    }

    private let handle: OpaquePointer
    /// Nil where the system has no UTF-8 locale: names that are not ASCII are then refused.
    private let utf8: locale_t?
    private let size: Int
    private let limits: IngestLimits
    private var entries = 0
    private var unpacked = 0
    private var names: Set<[UInt8]> = []

    /// Opens the archive behind a descriptor from its first byte; the descriptor stays the caller's.
    init(descriptor: CInt, size: Int, limits: IngestLimits) throws(IngestError) {
        guard let handle = archive_read_new() else { throw .damagedArchive(reason: "out of memory") }
        self.handle = handle
        self.size = size
        self.limits = limits
        utf8 = plumbline_utf8_locale()
        archive_read_support_filter_gzip(handle)
        archive_read_support_format_tar(handle)
        archive_read_support_format_zip_seekable(handle)
        guard lseek(descriptor, 0, SEEK_SET) == 0,
            inUTF8({ archive_read_open_fd(handle, descriptor, 1 << 17) }) == ARCHIVE_OK
        else { throw .damagedArchive(reason: message) }
        // One filter is the file itself; two: gzip. libarchive would follow gzip in gzip in gzip.
        guard archive_filter_count(handle) <= 2 else {
            throw .nestedArchive("the content of the gzip file")
        }
    }

    deinit {
        archive_read_free(handle)
        if let utf8 { freelocale(utf8) }
    }

    /// The next ordinary file; folders are passed over, anything else is refused. Nil at the end.
    package func next() throws(IngestError) -> ArchiveEntry? {
        while true {
            var raw: OpaquePointer?
            switch inUTF8({ archive_read_next_header(handle, &raw) }) {
            case ARCHIVE_EOF: return nil
            case ARCHIVE_OK, ARCHIVE_WARN: break
            default: throw .damagedArchive(reason: message)
            }
            guard let raw else { throw .damagedArchive(reason: message) }
            entries += 1
            guard entries <= limits.archiveEntries else { throw .tooManyEntries(limit: limits.archiveEntries) }
            guard let name = inUTF8({ Self.name(raw) }) else {
                throw .damagedArchive(reason: "entry \(entries) has no readable name")
            }
            switch plumbline_archive_entry_kind(raw) {
            case plumbline_entry_folder: continue
            case plumbline_entry_file: break
            default: throw .linkedEntry(name)
            }
            guard archive_entry_is_encrypted(raw) == 0 else { throw .encryptedEntry(name) }
            let size = archive_entry_size_is_set(raw) != 0 ? Int(archive_entry_size(raw)) : nil
            let entry = try ArchiveEntry(name: name, size: size)
            guard names.insert(Array(entry.path.utf8)).inserted else { throw .duplicateName(entry.path) }
            // Passing over an entry may mean unpacking it, so what it claims counts already now.
            let claimed = max(0, size ?? 0).addingReportingOverflow(max(unpacked, Int(archive_filter_bytes(handle, 0))))
            try check(unpacked: claimed.overflow ? .max : claimed.partialValue)
            return entry
        }
    }

    /// The data of the current entry in pieces of at most 128 KiB; `body` returns false when it has enough.
    package func read(_ body: (UnsafeRawBufferPointer) throws(IngestError) -> Bool) throws(IngestError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
            guard count >= 0 else { throw .damagedArchive(reason: message) }
            if count == 0 { return }
            unpacked += count
            try check(unpacked: unpacked)
            guard try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
        }
    }

    /// The first bytes of the current entry. What it reads is gone: use it on entries that are not read further.
    func head(_ wanted: Int) throws(IngestError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read { (piece) throws(IngestError) in
            bytes.append(contentsOf: piece.prefix(wanted - bytes.count))
            return bytes.count < wanted
        }
        return bytes
    }

    /// The whole current entry, or nil where it is longer than `limit`.
    package func contents(limit: Int) throws(IngestError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var fits = true
        try read { (piece) throws(IngestError) in
            fits = bytes.count + piece.count <= limit
            if fits { bytes.append(contentsOf: piece) }
            return fits
        }
        return fits ? bytes : nil
    }

    private func check(unpacked: Int) throws(IngestError) {
        guard unpacked <= limits.unpackedBytes else { throw .unpacksTooLarge(limit: limits.unpackedBytes) }
        guard unpacked <= limits.ratioFreeBytes || unpacked / limits.unpackedRatio <= size else {
            throw .suspiciousRatio(limit: limits.unpackedRatio)
        }
    }

    private var message: String {
        guard let text = archive_error_string(handle) else { return "it is damaged or cut off" }
        return String(cString: text)
    }

    /// UTF-8 where the archive says so, else the raw bytes taken as UTF-8.
    private static func name(_ entry: OpaquePointer) -> String? {
        (archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)).map { String(cString: $0) }
    }

    /// Runs a call of libarchive in which names are converted; see `plumbline_utf8_locale`. The thread's own locale is
    /// back when it returns.
    private func inUTF8<Result>(_ body: () -> Result) -> Result {
        guard let utf8 else { return body() }
        let before = uselocale(utf8)
        defer { uselocale(before) }
        return body()
    }
}
