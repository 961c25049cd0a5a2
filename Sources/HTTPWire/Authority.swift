/// `host [":" port]`, the value of `Host` and the middle of an absolute target (RFC 3986 section 3.2).
public struct Authority: Sendable, Hashable {
    /// A name or IPv4 address in lower case, or an IPv6 address in brackets.
    public var host: String
    /// The port, where there is one.
    public var port: Int?

    /// Parses an authority. `nil` where it is empty, holds user information, or is malformed.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > 1,
                bytes[1..<close].allSatisfy({ ByteClass.hexadecimal($0) != nil || $0 == 0x3A || $0 == 0x2E })
            else { return nil }
            end = close + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            guard end > 0, bytes[..<end].allSatisfy(Self.isNameByte) else { return nil }
        }
        host = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        if end == bytes.count { return }
        let digits = bytes[(end + 1)...]
        guard bytes[end] == UInt8(ascii: ":"), digits.count <= 5, digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        // `host:` with nothing behind the colon is legal and means the default port.
        if digits.isEmpty { return }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard value <= 65535 else { return nil }
        port = value
    }

    /// `reg-name` of RFC 3986 section 3.2.2: unreserved, percent-encoded and sub-delimiters.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "-._~%!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
