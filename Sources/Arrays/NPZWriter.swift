/// Writes an NPZ archive as a stream: members are stored, so `numpy.load` maps them without unpacking and the total
/// size is known before the first byte.
///
/// ZIP64 records appear exactly where a size, an offset or the number of members needs them. Checksums are computed
/// before a member's header is written, so the archive also reads front to back. Time stamps are constant: the same
/// arrays give the same bytes.
public struct NPZWriter {
    /// Takes the archive's next bytes.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    private let sink: Sink
    private var offset = 0
    private var directory: [Entry] = []
    private var names: Set<String> = []

    private struct Entry {
        var name: [UInt8]
        var crc: UInt32
        var bytes: Int
        var offset: Int
    }

    /// 1980-01-01 00:00, the first time that ZIP can express, in MS-DOS form (date, time).
    private static let timestamp: (date: UInt16, time: UInt16) = (1 << 5 | 1, 0)

    /// Writes to this sink.
    public init(sink: @escaping Sink) {
        self.sink = sink
    }

    /// Adds an array under a name without `.npy`.
    public mutating func add<Element>(_ name: String, _ array: NDArray<Element>) throws {
        let header = NPYHeader(shape: array.shape, dtype: Element.dtype.rawValue).encoded()
        try header.withUnsafeBytes { header in
            try array.values.withUnsafeBytes { try add(name, parts: [header, $0]) }
        }
    }

    /// Adds an NPY file as it is.
    public mutating func add(_ name: String, npyFile path: String) throws {
        let file = try MappedFile(path: path)
        defer { withExtendedLifetime(file) {} }
        try add(name, parts: [file.bytes])
    }

    /// Adds the bytes of an NPY file.
    public mutating func add(_ name: String, npy bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try add(name, parts: [$0]) }
    }

    /// Writes the directory. Nothing may be added afterwards.
    public mutating func finish() throws {
        let start = offset
        for entry in directory { try emit(Self.centralHeader(entry)) }
        try emit(Self.end(entries: directory.count, size: offset - start, offset: start))
    }

    /// The length of the archive that holds members of these names (without `.npy`) and sizes (NPY header included).
    public static func totalBytes(_ members: [(name: String, bytes: Int)]) -> Int {
        var offset = 0
        var directory = 0
        for member in members {
            let name = Array((member.name + ".npy").utf8)
            let entry = Entry(name: name, crc: 0, bytes: member.bytes, offset: offset)
            directory += centralHeader(entry).count
            offset += localHeader(entry).count + member.bytes
        }
        return offset + directory + end(entries: members.count, size: directory, offset: offset).count
    }

    private mutating func add(_ name: String, parts: [UnsafeRawBufferPointer]) throws {
        let full = name + ".npy"
        guard names.insert(full).inserted, full.utf8.count <= UInt16.max else {
            throw ArrayError.badArchive(name: name, detail: "the name is taken or too long")
        }
        var crc = CRC32()
        for part in parts { crc.update(part) }
        let entry = Entry(
            name: Array(full.utf8),
            crc: crc.value,
            bytes: parts.reduce(0) { $0 + $1.count },
            offset: offset
        )
        try emit(Self.localHeader(entry))
        for part in parts {
            try sink(part)
            offset += part.count
        }
        directory.append(entry)
    }

    private mutating func emit(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try sink($0) }
        offset += bytes.count
    }

    private static func localHeader(_ entry: Entry) -> [UInt8] {
        let wide = entry.bytes >= Int(UInt32.max)
        var bytes = LittleEndianBytes()
        bytes.put(ZipRecord.localHeader)
        putCommon(entry, wide: wide, to: &bytes)
        bytes.put(UInt16(entry.name.count))
        bytes.put(UInt16(wide ? 20 : 0))
        bytes.bytes += entry.name
        if wide {
            bytes.put(ZipRecord.zip64Tag)
            bytes.put(UInt16(16))
            bytes.put(UInt64(entry.bytes))
            bytes.put(UInt64(entry.bytes))
        }
        return bytes.bytes
    }

    private static func centralHeader(_ entry: Entry) -> [UInt8] {
        let wideSize = entry.bytes >= Int(UInt32.max)
        let wideOffset = entry.offset >= Int(UInt32.max)
        let values = (wideSize ? [entry.bytes, entry.bytes] : []) + (wideOffset ? [entry.offset] : [])
        var bytes = LittleEndianBytes()
        bytes.put(ZipRecord.centralHeader)
        // Made by: version 4.5 on Unix, so that the permissions below are understood.
        bytes.put(UInt16(3 << 8 | 45))
        putCommon(entry, wide: wideSize, version: values.isEmpty ? 20 : 45, to: &bytes)
        bytes.put(UInt16(entry.name.count))
        bytes.put(UInt16(values.isEmpty ? 0 : 4 + 8 * values.count))
        bytes.put(UInt16(0))
        bytes.put(UInt16(0))
        bytes.put(UInt16(0))
        bytes.put(UInt32(0o100644 << 16))
        bytes.put(wideOffset ? UInt32.max : UInt32(entry.offset))
        bytes.bytes += entry.name
        if !values.isEmpty {
            bytes.put(ZipRecord.zip64Tag)
            bytes.put(UInt16(8 * values.count))
            for value in values { bytes.put(UInt64(value)) }
        }
        return bytes.bytes
    }

    /// Version, flags, method, time, CRC and sizes: the same in local and central header.
    private static func putCommon(
        _ entry: Entry,
        wide: Bool,
        version: UInt16? = nil,
        to bytes: inout LittleEndianBytes
    ) {
        bytes.put(version ?? (wide ? 45 : 20))
        // Bit 11: the name is UTF-8.
        bytes.put(UInt16(1 << 11))
        bytes.put(ZipRecord.stored)
        bytes.put(timestamp.time)
        bytes.put(timestamp.date)
        bytes.put(entry.crc)
        bytes.put(wide ? UInt32.max : UInt32(entry.bytes))
        bytes.put(wide ? UInt32.max : UInt32(entry.bytes))
    }

    /// The records that end an archive.
    static func end(entries: Int, size: Int, offset: Int) -> [UInt8] {
        let wide = entries >= Int(UInt16.max) || size >= Int(UInt32.max) || offset >= Int(UInt32.max)
        var bytes = LittleEndianBytes()
        if wide {
            bytes.put(ZipRecord.zip64End)
            bytes.put(UInt64(ZipRecord.zip64EndBytes - 12))
            bytes.put(UInt16(3 << 8 | 45))
            bytes.put(UInt16(45))
            bytes.put(UInt32(0))
            bytes.put(UInt32(0))
            bytes.put(UInt64(entries))
            bytes.put(UInt64(entries))
            bytes.put(UInt64(size))
            bytes.put(UInt64(offset))
            bytes.put(ZipRecord.zip64Locator)
            bytes.put(UInt32(0))
            bytes.put(UInt64(offset + size))
            bytes.put(UInt32(1))
        }
        bytes.put(ZipRecord.end)
        bytes.put(UInt16(0))
        bytes.put(UInt16(0))
        bytes.put(wide ? UInt16.max : UInt16(entries))
        bytes.put(wide ? UInt16.max : UInt16(entries))
        bytes.put(wide ? UInt32.max : UInt32(size))
        bytes.put(wide ? UInt32.max : UInt32(offset))
        bytes.put(UInt16(0))
        return bytes.bytes
    }
}

/// Little-endian numbers appended to bytes.
struct LittleEndianBytes {
    var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
