/// One member of a ZIP archive, as its central directory describes it.
struct ZipEntry: Sendable, Hashable {
    var name: String
    var method: UInt16
    var flags: UInt16
    var crc: UInt32
    var compressedBytes: Int
    var bytes: Int
    var headerOffset: Int
}

/// The central directory of a ZIP archive (PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16; ZIP64 in 4.5.3).
///
/// Only the directory at the end counts, as for every reader; the local headers are checked when a member is read.
struct ZipDirectory {
    let entries: [ZipEntry]

    /// More members than any array archive has; a guard against archives made to exhaust memory.
    static let mostEntries = 100_000

    init(_ raw: UnsafeRawBufferPointer, name: String) throws(ArrayError) {
        let end = try ZipEnd(raw, name: name)
        guard end.entries <= Self.mostEntries else {
            throw .tooLarge(name: "\(name) (members)", limit: Self.mostEntries, got: end.entries)
        }
        var bytes = LittleEndianReader(raw, at: end.directoryOffset, limit: end.directoryEnd)
        var entries: [ZipEntry] = []
        var names: Set<String> = []
        for _ in 0..<end.entries {
            guard let entry = Self.entry(&bytes) else {
                throw .badArchive(name: name, detail: "its directory is damaged")
            }
            guard names.insert(entry.name).inserted else {
                throw .badArchive(name: name, detail: "it has two members named \(entry.name)")
            }
            guard entry.headerOffset + entry.compressedBytes <= end.directoryOffset else {
                throw .badArchive(name: name, detail: "\(entry.name) lies outside of the archive")
            }
            entries.append(entry)
        }
        try Self.refuseOverlaps(entries, name: name)
        self.entries = entries
    }

    /// Members that share bytes are how a small archive is made to unpack into a huge one.
    private static func refuseOverlaps(_ entries: [ZipEntry], name: String) throws(ArrayError) {
        let sorted = entries.sorted { $0.headerOffset < $1.headerOffset }
        for (first, second) in zip(sorted, sorted.dropFirst()) {
            let end = first.headerOffset + ZipRecord.localHeaderBytes + first.name.utf8.count + first.compressedBytes
            guard end <= second.headerOffset else {
                throw .badArchive(name: name, detail: "\(first.name) and \(second.name) overlap")
            }
        }
    }

    private static func entry(_ bytes: inout LittleEndianReader) -> ZipEntry? {
        guard bytes.u32() == ZipRecord.centralHeader, bytes.skip(4),
            let flags = bytes.u16(), let method = bytes.u16(), bytes.skip(4),
            let crc = bytes.u32(), let compressed = bytes.u32(), let plain = bytes.u32(),
            let nameLength = bytes.u16(), let extraLength = bytes.u16(), let commentLength = bytes.u16(),
            bytes.skip(8), let offset = bytes.u32(),
            let nameBytes = bytes.take(Int(nameLength)), let extra = bytes.take(Int(extraLength)),
            bytes.skip(Int(commentLength))
        else { return nil }
        var wide = Zip64Extra(extra)
        guard let bytes64 = wide.resolve(plain), let compressed64 = wide.resolve(compressed),
            let offset64 = wide.resolve(offset)
        else { return nil }
        return ZipEntry(
            name: String(decoding: nameBytes, as: UTF8.self),
            method: method,
            flags: flags,
            crc: crc,
            compressedBytes: compressed64,
            bytes: bytes64,
            headerOffset: offset64
        )
    }
}

/// The end-of-central-directory record, in its ZIP64 form where the short one says so.
private struct ZipEnd {
    let entries: Int
    let directoryOffset: Int
    let directoryEnd: Int

    init(_ raw: UnsafeRawBufferPointer, name: String) throws(ArrayError) {
        guard let position = Self.find(raw) else {
            throw .badArchive(name: name, detail: "it has no end record (cut off, or not a ZIP file)")
        }
        var record = LittleEndianReader(raw, at: position, limit: raw.count)
        guard record.skip(4), let disk = record.u16(), let directoryDisk = record.u16(), record.skip(2),
            let count = record.u16(), let size = record.u32(), let offset = record.u32()
        else { throw .badArchive(name: name, detail: "its end record is cut off") }
        var entries = Int(count)
        var directorySize = Int(size)
        var directoryOffset = Int(offset)
        if count == .max || size == .max || offset == .max, position >= 20 {
            var locator = LittleEndianReader(raw, at: position - 20, limit: position)
            if locator.u32() == ZipRecord.zip64Locator, locator.skip(4), let at = locator.count64(), at < position {
                var wide = LittleEndianReader(raw, at: at, limit: position)
                guard wide.u32() == ZipRecord.zip64End, wide.skip(28), let wideCount = wide.count64(),
                    let wideSize = wide.count64(), let wideOffset = wide.count64()
                else { throw .badArchive(name: name, detail: "its ZIP64 end record is damaged") }
                (entries, directorySize, directoryOffset) = (wideCount, wideSize, wideOffset)
            }
        }
        guard disk == 0 || disk == .max, directoryDisk == 0 || directoryDisk == .max else {
            throw .badArchive(name: name, detail: "it is one part of a split archive")
        }
        let (directoryEnd, overflow) = directoryOffset.addingReportingOverflow(directorySize)
        guard !overflow, directoryEnd <= position else {
            throw .badArchive(name: name, detail: "its directory lies outside of the file")
        }
        self.entries = entries
        self.directoryOffset = directoryOffset
        self.directoryEnd = directoryEnd
    }

    /// The record is 22 bytes followed by a comment of at most 65,535 bytes whose length it states.
    private static func find(_ raw: UnsafeRawBufferPointer) -> Int? {
        guard raw.count >= 22 else { return nil }
        for position in stride(from: raw.count - 22, through: max(0, raw.count - 22 - 0xFFFF), by: -1) {
            var record = LittleEndianReader(raw, at: position, limit: raw.count)
            if record.u32() == ZipRecord.end, record.skip(16), let comment = record.u16(),
                position + 22 + Int(comment) == raw.count
            {
                return position
            }
        }
        return nil
    }
}

/// The ZIP64 extended information field: 8-byte values for exactly those fields that read 0xFFFFFFFF, in order.
private struct Zip64Extra {
    private var values: LittleEndianReader?

    init(_ extra: UnsafeRawBufferPointer) {
        var fields = LittleEndianReader(extra, at: 0, limit: extra.count)
        while let tag = fields.u16(), let size = fields.u16(), let body = fields.take(Int(size)) {
            if tag == ZipRecord.zip64Tag { values = LittleEndianReader(body, at: 0, limit: body.count) }
        }
    }

    mutating func resolve(_ short: UInt32) -> Int? {
        guard short == .max, values != nil else { return Int(short) }
        return values?.count64()
    }
}

/// Signatures and sizes of ZIP's records.
enum ZipRecord {
    static let localHeader: UInt32 = 0x0403_4B50
    static let centralHeader: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let zip64End: UInt32 = 0x0606_4B50
    static let zip64Locator: UInt32 = 0x0706_4B50
    static let zip64Tag: UInt16 = 0x0001
    static let localHeaderBytes = 30
    static let centralHeaderBytes = 46
    static let endBytes = 22
    static let zip64EndBytes = 56
    static let zip64LocatorBytes = 20
    static let encrypted: UInt16 = 1
    static let stored: UInt16 = 0
    static let deflated: UInt16 = 8
}

/// Little-endian numbers from a buffer; nil at the end of it.
struct LittleEndianReader {
    private let raw: UnsafeRawBufferPointer
    private let limit: Int
    private(set) var position: Int

    init(_ raw: UnsafeRawBufferPointer, at position: Int, limit: Int) {
        self.raw = raw
        self.position = position
        self.limit = min(limit, raw.count)
    }

    mutating func skip(_ count: Int) -> Bool {
        guard count <= limit - position else { return false }
        position += count
        return true
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        let start = position
        guard skip(count) else { return nil }
        return UnsafeRawBufferPointer(rebasing: raw[start..<start + count])
    }

    mutating func u16() -> UInt16? { number() }
    mutating func u32() -> UInt32? { number() }

    /// An 8-byte count that is small enough for arithmetic with it not to overflow.
    mutating func count64() -> Int? {
        guard let value: UInt64 = number(), value <= UInt64(Int.max / 4) else { return nil }
        return Int(value)
    }

    private mutating func number<Value: FixedWidthInteger & BitwiseCopyable>() -> Value? {
        guard let bytes = take(MemoryLayout<Value>.size) else { return nil }
        return Value(littleEndian: bytes.loadUnaligned(as: Value.self))
    }
}
