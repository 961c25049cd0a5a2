/// A POSIX ustar archive written by hand.
enum TarFixture {
    struct Member {
        var name: String
        var content: [UInt8] = []
        /// `0` file, `1` hard link, `2` symbolic link, `3` character device, `5` folder.
        var type: Character = "0"
        var link = ""
        /// The size that the header states; nil: the true one.
        var statedSize: Int?
    }

    static func bytes(_ files: [(String, [UInt8])]) -> [UInt8] {
        bytes(files.map { Member(name: $0.0, content: $0.1) })
    }

    static func bytes(_ members: [Member]) -> [UInt8] {
        var archive: [UInt8] = []
        for member in members {
            archive += header(member)
            archive += member.content
            archive += [UInt8](repeating: 0, count: (512 - member.content.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }

    private static func header(_ member: Member) -> [UInt8] {
        func field(_ text: String, _ width: Int) -> [UInt8] {
            Array(text.utf8.prefix(width)) + [UInt8](repeating: 0, count: max(0, width - text.utf8.count))
        }
        func octal(_ value: Int, _ width: Int) -> [UInt8] {
            let digits = String(value, radix: 8)
            return field(String(repeating: "0", count: max(0, width - 1 - digits.count)) + digits, width)
        }
        var block = field(member.name, 100) + octal(0o644, 8) + octal(0, 8) + octal(0, 8)
        block += octal(member.statedSize ?? member.content.count, 12) + octal(0, 12)
        block += [UInt8](repeating: 0x20, count: 8)
        block += Array(String(member.type).utf8) + field(member.link, 100) + field("ustar", 6) + Array("00".utf8)
        block += [UInt8](repeating: 0, count: 512 - block.count)
        let sum = block.reduce(0) { $0 + Int($1) }
        block.replaceSubrange(148..<156, with: octal(sum, 7) + [0x20])
        return block
    }
}
