/// Packs files into a ZIP archive as they arrive, when nobody knows yet how long they are: stored, each followed by its
/// checksum and size (APPNOTE 6.3.10, 4.3.9). Pure: bytes in, bytes out.
package struct ZipStreamWriter {
    private var entries: [Entry] = []
    private var crc = CRC32()
    private var offset = 0
    private var entryBytes = 0

    private struct Entry {
        var name: [UInt8]
        var offset: Int
        var crc: UInt32 = 0
        var bytes = 0
    }

    /// Bytes that an archive of this kind may have: its fields have 32 bits.
    package static let longestArchive = Int(UInt32.max) - (64 << 20)

    package init() {}

    /// Begins a file. The name is data, at most 65,535 bytes of UTF-8.
    package mutating func begin(_ name: String) -> [UInt8] {
        let entry = Entry(name: Array(name.utf8.prefix(Int(UInt16.max))), offset: offset)
        entries.append(entry)
        (crc, entryBytes) = (CRC32(), 0)
        var bytes = LittleEndianBytes()
        bytes.put(ZipRecord.localHeader)
        Self.putCommon(entry, to: &bytes)
        bytes.bytes += entry.name
        return emit(bytes.bytes)
    }

    /// Takes the next bytes of the file, which go to the archive as they are.
    package mutating func add(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { crc.update($0) }
        entryBytes += bytes.count
        offset += bytes.count
    }

    /// Ends the file.
    package mutating func end() -> [UInt8] {
        guard let last = entries.indices.last else { return [] }
        entries[last].crc = crc.value
        entries[last].bytes = entryBytes
        var bytes = LittleEndianBytes()
        bytes.put(UInt32(0x0807_4b50))
        bytes.put(crc.value)
        bytes.put(UInt32(truncatingIfNeeded: entryBytes))
        bytes.put(UInt32(truncatingIfNeeded: entryBytes))
        return emit(bytes.bytes)
    }

    /// The directory, which ends the archive.
    package mutating func finish() -> [UInt8] {
        let start = offset
        var bytes = LittleEndianBytes()
        for entry in entries {
            bytes.put(ZipRecord.centralHeader)
            bytes.put(UInt16(3 << 8 | 45))
            Self.putCommon(entry, to: &bytes)
            bytes.put(UInt16(0))
            bytes.put(UInt16(0))
            bytes.put(UInt16(0))
            bytes.put(UInt32(0o100644 << 16))
            bytes.put(UInt32(truncatingIfNeeded: entry.offset))
            bytes.bytes += entry.name
        }
        let size = bytes.bytes.count
        return emit(bytes.bytes + NPZWriter.end(entries: entries.count, size: size, offset: start))
    }

    private mutating func emit(_ bytes: [UInt8]) -> [UInt8] {
        offset += bytes.count
        return bytes
    }

    /// Version to extensions' length: the same in both headers, but for checksum and sizes, which the first does not know.
    private static func putCommon(_ entry: Entry, to bytes: inout LittleEndianBytes) {
        bytes.put(UInt16(20))
        // Bit 3: checksum and sizes follow the data; bit 11: the name is UTF-8.
        bytes.put(UInt16(1 << 3 | 1 << 11))
        bytes.put(ZipRecord.stored)
        // 1980-01-01 00:00.
        bytes.put(UInt16(0))
        bytes.put(UInt16(1 << 5 | 1))
        bytes.put(entry.crc)
        bytes.put(UInt32(truncatingIfNeeded: entry.bytes))
        bytes.put(UInt32(truncatingIfNeeded: entry.bytes))
        bytes.put(UInt16(entry.name.count))
        bytes.put(UInt16(0))
    }
}
