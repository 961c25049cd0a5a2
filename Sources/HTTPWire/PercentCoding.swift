/// Percent-encoding of URIs (RFC 3986 section 2.1).
public enum PercentCoding {
    /// Undoes percent-encoding once.
    ///
    /// - Parameter plusIsSpace: Whether `+` stands for a space, as it does in a query made by a form.
    /// - Throws: `HTTPFault.invalidPercentEncoding` for a `%` without two hexadecimal digits or bytes that are not UTF-8.
    public static func decode(
        _ bytes: some Collection<UInt8>,
        plusIsSpace: Bool = false
    ) throws(HTTPFault) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(ByteClass.hexadecimal),
                    let low = iterator.next().flatMap(ByteClass.hexadecimal)
                else { throw .invalidPercentEncoding }
                decoded.append(UInt8(high << 4 | low))
            case UInt8(ascii: "+") where plusIsSpace:
                decoded.append(UInt8(ascii: " "))
            default:
                decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .invalidPercentEncoding }
        return text
    }

    /// The segments of an absolute path, decoded once. `/` alone has one empty segment, and so has the end of `/a/`.
    ///
    /// - Throws: `invalidPercentEncoding` also where a segment holds NUL or a slash after decoding, `dotSegment` where
    ///   one is `.` or `..`: such a path means one thing to whoever checks it and another to whoever opens it.
    public static func segments(ofPath path: Substring.UTF8View) throws(HTTPFault) -> [String] {
        guard path.first == UInt8(ascii: "/") else { throw .invalidTarget }
        var segments: [String] = []
        for part in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let segment = try decode(part)
            if segment == "." || segment == ".." { throw .dotSegment }
            if segment.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) { throw .invalidPercentEncoding }
            segments.append(segment)
        }
        return segments
    }
}
