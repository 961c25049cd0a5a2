/// Reads the arrays of an NPZ file: a ZIP archive of NPY members, stored or deflated, ZIP64 or not.
///
/// Nothing is ever unpickled, sizes are checked before memory is taken, and no member unpacks to more than
/// `memberLimit` bytes. Stored members of a file are copied only once.
public struct NPZReader: Sendable {
    /// Array names in the archive's order, without `.npy`.
    public let names: [String]
    /// The most bytes that one member may unpack to.
    public let memberLimit: Int

    private let source: Source
    private let entries: [String: ZipEntry]
    private let archive: String

    private enum Source: Sendable {
        case file(MappedFile)
        case bytes([UInt8])
    }

    /// 16 GiB: more than any dataset this program is made for.
    public static let defaultMemberLimit = 16 << 30

    /// Opens an archive file.
    public init(path: String, memberLimit: Int = defaultMemberLimit) throws(ArrayError) {
        try self.init(.file(MappedFile(path: path)), name: path, memberLimit: memberLimit)
    }

    /// Opens an archive by descriptor, which stays the caller's and may be closed afterwards.
    public init(descriptor: Int32, name: String, memberLimit: Int = defaultMemberLimit) throws(ArrayError) {
        try self.init(.file(MappedFile(descriptor: descriptor, name: name)), name: name, memberLimit: memberLimit)
    }

    /// Opens an archive in memory.
    public init(bytes: [UInt8], name: String = "archive", memberLimit: Int = defaultMemberLimit) throws(ArrayError) {
        try self.init(.bytes(bytes), name: name, memberLimit: memberLimit)
    }

    private init(_ source: Source, name: String, memberLimit: Int) throws(ArrayError) {
        self.source = source
        self.memberLimit = memberLimit
        archive = name
        let directory = try Self.directory(source, name: name)
        var names: [String] = []
        var entries: [String: ZipEntry] = [:]
        for entry in directory.entries where !entry.name.hasSuffix("/") {
            let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw .badArchive(name: archive, detail: "it has two members named \(name)")
            }
            names.append(name)
        }
        self.names = names
        self.entries = entries
    }

    /// The header of a member: reads no more than its first 128 KiB.
    public func header(_ name: String) throws -> NPYHeader {
        let entry = try entry(name)
        var start: [UInt8] = []
        struct Enough: Error {}
        do {
            try pieces(of: entry, name: name) { piece in
                start.append(contentsOf: piece.prefix(NPYHeader.longestText + 12 - start.count))
                if start.count >= NPYHeader.longestText + 12 || Self.holdsHeader(start) { throw Enough() }
            }
        } catch is Enough {}
        return try NPYHeader.parse(start, name: name).header
    }

    /// What the archive's directory says of a member: its bytes when unpacked, and as they lie in the archive. The first
    /// is a claim until the member has been read.
    package func size(of name: String) throws(ArrayError) -> (unpacked: Int, packed: Int) {
        let entry = try entry(name)
        return (entry.bytes, entry.compressedBytes)
    }

    /// A whole array.
    ///
    /// - Parameter converting: accept other number types whose values fit `Element` (integers exactly, floats to the
    ///   nearest), not only `Element` itself. Byte order and Fortran order are always put right.
    public func array<Element: ArrayElement>(
        _ name: String,
        as type: Element.Type,
        converting: Bool = false
    ) throws -> NDArray<Element> {
        let bytes = try contents(name)
        return try bytes.withUnsafeBytes { try NPY.decode($0, name: name, converting: converting) }
    }

    /// A one-dimensional array of text (`<U`) or of bytes taken as UTF-8 (`|S`).
    public func strings(_ name: String) throws -> [String] {
        let bytes = try contents(name)
        return try bytes.withUnsafeBytes { raw in
            let (header, offset) = try NPYHeader.parse(raw, name: name)
            return try TextFormat(descr: header.dtype, name: name)
                .decode(header, data: UnsafeRawBufferPointer(rebasing: raw[offset...]), name: name)
        }
    }

    /// The data of a member in pieces of at most 128 KiB, in the order and type of its header, without ever holding
    /// the whole: for arrays larger than memory.
    ///
    /// The checksum is compared after the last piece, so use what was delivered only when this returns.
    @discardableResult
    public func stream(
        _ name: String,
        _ body: (NPYHeader, UnsafeRawBufferPointer) throws -> Void
    ) throws -> NPYHeader {
        let entry = try entry(name)
        var start: [UInt8] = []
        var parsed: NPYHeader?
        try pieces(of: entry, name: name) { piece in
            if let parsed {
                try body(parsed, piece)
                return
            }
            start.append(contentsOf: piece)
            guard Self.holdsHeader(start) || start.count == entry.bytes else { return }
            let (header, offset) = try NPYHeader.parse(start, name: name)
            parsed = header
            try start.withUnsafeBytes { try body(header, UnsafeRawBufferPointer(rebasing: $0[offset...])) }
        }
        guard let parsed else { throw ArrayError.notNPY(name: name) }
        return parsed
    }

    /// The bytes of a member as they are, header included.
    public func contents(_ name: String) throws -> [UInt8] {
        let entry = try entry(name)
        var bytes: [UInt8] = []
        // What a compressed member claims is not yet true: memory is taken as the data arrive.
        bytes.reserveCapacity(min(entry.bytes, max(entry.compressedBytes * 4, 1 << 20)))
        try pieces(of: entry, name: name) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private func entry(_ name: String) throws(ArrayError) -> ZipEntry {
        guard let entry = entries[name] else { throw .missingMember(name: name, available: names) }
        guard entry.flags & ZipRecord.encrypted == 0 else {
            throw .unsupportedMember(name: name, detail: "it is encrypted")
        }
        guard entry.method == ZipRecord.stored || entry.method == ZipRecord.deflated else {
            throw .unsupportedMember(
                name: name,
                detail: "compression method \(entry.method); only stored and deflate are read"
            )
        }
        guard entry.bytes <= memberLimit else {
            throw .tooLarge(name: name, limit: memberLimit, got: entry.bytes)
        }
        guard entry.method == ZipRecord.deflated || entry.bytes == entry.compressedBytes else {
            throw .badArchive(name: archive, detail: "\(name) is stored with two different sizes")
        }
        return entry
    }

    /// Delivers a member's bytes in order and compares length and CRC at the end.
    private func pieces(
        of entry: ZipEntry,
        name: String,
        _ emit: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try withArchive { raw in
            var local = LittleEndianReader(raw, at: entry.headerOffset, limit: raw.count)
            guard local.u32() == ZipRecord.localHeader, local.skip(22), let nameLength = local.u16(),
                let extraLength = local.u16(), local.skip(Int(nameLength) + Int(extraLength)),
                let data = local.take(entry.compressedBytes)
            else { throw ArrayError.badArchive(name: archive, detail: "the header of \(name) is damaged") }
            var crc = CRC32()
            if entry.method == ZipRecord.stored {
                for start in stride(from: 0, to: data.count, by: 1 << 17) {
                    let piece = UnsafeRawBufferPointer(rebasing: data[start..<min(start + 1 << 17, data.count)])
                    crc.update(piece)
                    try emit(piece)
                }
            } else {
                try Inflater.run(data, bytes: entry.bytes, name: name) { piece in
                    crc.update(piece)
                    try emit(piece)
                }
            }
            guard crc.value == entry.crc else {
                throw ArrayError.badArchive(name: archive, detail: "the checksum of \(name) does not match")
            }
        }
    }

    private func withArchive<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch source {
        case .bytes(let bytes): return try bytes.withUnsafeBytes(body)
        case .file(let file):
            defer { withExtendedLifetime(file) {} }
            return try body(file.bytes)
        }
    }

    private static func directory(_ source: Source, name: String) throws(ArrayError) -> ZipDirectory {
        switch source {
        case .bytes(let bytes):
            return try bytes.withRawBytes { raw throws(ArrayError) in try ZipDirectory(raw, name: name) }
        case .file(let file):
            defer { withExtendedLifetime(file) {} }
            return try ZipDirectory(file.bytes, name: name)
        }
    }

    /// Whether a whole NPY header (or what can never become one) is there.
    private static func holdsHeader(_ start: [UInt8]) -> Bool {
        guard start.count >= 12 else { return false }
        let length =
            start[6] == 1
            ? 10 + (Int(start[8]) | Int(start[9]) << 8)
            : 12 + (Int(start[8]) | Int(start[9]) << 8 | Int(start[10]) << 16 | Int(start[11]) << 24)
        return start.count >= min(length, NPYHeader.longestText + 12)
    }
}
