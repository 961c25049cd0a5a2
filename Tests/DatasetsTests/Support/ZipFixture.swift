import TestSupport

/// A ZIP archive written by hand, able to tell every lie that a test needs.
struct ZipFixture {
    struct Member {
        var name: String
        var content: [UInt8] = []
        var deflated = false
        /// Bit 0 of the general purpose flags.
        var encrypted = false
        /// The Unix mode, such as 0o120777 for a symbolic link.
        var mode: UInt32 = 0o100644
        /// The unpacked size that the headers state; nil: the true one.
        var statedSize: Int?
        var statedCRC: UInt32?
    }

    var members: [Member] = []

    static func bytes(_ files: [(String, [UInt8])], deflated: Bool = false) -> [UInt8] {
        ZipFixture(members: files.map { Member(name: $0.0, content: $0.1, deflated: deflated) }).bytes()
    }

    /// APPNOTE.TXT 4.3.6: local headers with data, the central directory, its end record.
    func bytes() -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let data = member.deflated ? Deflate.raw(member.content) : member.content
            var common: [UInt8] = []
            common += UInt16(20).littleEndianBytes
            common += UInt16(member.encrypted ? 1 : 0 | 0x800).littleEndianBytes
            common += UInt16(member.deflated ? 8 : 0).littleEndianBytes
            common += [0, 0, 0x21, 0]
            common += (member.statedCRC ?? Deflate.crc(member.content)).littleEndianBytes
            common += UInt32(data.count).littleEndianBytes
            common += UInt32(truncatingIfNeeded: member.statedSize ?? member.content.count).littleEndianBytes
            common += UInt16(member.name.utf8.count).littleEndianBytes
            common += UInt16(0).littleEndianBytes
            let offset = UInt32(archive.count)
            archive += [0x50, 0x4b, 3, 4] + common + Array(member.name.utf8) + data
            // Made by Unix (3), so that the upper half of the external attributes is a mode.
            directory += [0x50, 0x4b, 1, 2, 20, 3] + common
            directory += [0, 0, 0, 0, 0, 0]
            directory += (member.mode << 16).littleEndianBytes
            directory += offset.littleEndianBytes
            directory += Array(member.name.utf8)
        }
        var end: [UInt8] = [0x50, 0x4b, 5, 6, 0, 0, 0, 0]
        end += UInt16(members.count).littleEndianBytes + UInt16(members.count).littleEndianBytes
        end += UInt32(directory.count).littleEndianBytes + UInt32(archive.count).littleEndianBytes + [0, 0]
        return archive + directory + end
    }
}
