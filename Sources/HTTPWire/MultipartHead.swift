/// The header fields of one part of a form that matter (RFC 7578 section 4).
public struct MultipartHead: Sendable, Hashable {
    /// The name of the form field.
    public var name: String
    /// The name of the file as the sender gave it, possibly with folders: data, never a path of ours.
    public var fileName: String?
    /// `Content-Type` as it was written.
    public var contentType: String?

    /// Parses the lines between a delimiter and the content, without the blank line.
    init(parsing bytes: ArraySlice<UInt8>) throws(MultipartFault) {
        var disposition: String?
        for line in try Self.lines(of: bytes) {
            guard let colon = line.firstIndex(of: ASCII.colon), colon > line.startIndex,
                line[..<colon].allSatisfy(ByteClass.isToken),
                line[line.index(after: colon)...].allSatisfy(ByteClass.isFieldValue)
            else { throw .malformedPartHead }
            let value = String(
                decoding: line[line.index(after: colon)...].drop { $0 == 0x20 || $0 == 0x09 },
                as: UTF8.self
            )
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                if disposition != nil { throw .malformedPartHead }
                disposition = value
            case "content-type": contentType = value
            default: break
            }
        }
        guard let disposition, disposition.prefix(while: { $0 != ";" }).lowercased() == "form-data" else {
            throw .malformedPartHead
        }
        let parameters = try Self.parameters(Array(disposition.utf8).drop { $0 != ASCII.semicolon })
        guard let name = parameters["name"] else { throw .missingName }
        self.name = name
        fileName = parameters["filename"]
    }

    private static func lines(of bytes: ArraySlice<UInt8>) throws(MultipartFault) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        for (index, line) in bytes.split(separator: ASCII.lineFeed, omittingEmptySubsequences: false).enumerated() {
            let isLast = line.endIndex == bytes.endIndex
            guard isLast || line.last == ASCII.carriageReturn else { throw .malformedPartHead }
            if isLast && line.isEmpty && index == 0 { continue }
            lines.append(isLast ? line : line.dropLast())
        }
        return lines
    }

    /// `; name="value"` pairs. In quotes a backslash escapes only a quote or a backslash, because old browsers send
    /// `C:\folder\file` there unescaped.
    private static func parameters(_ bytes: ArraySlice<UInt8>) throws(MultipartFault) -> [String: String] {
        var parameters: [String: String] = [:]
        var rest = bytes
        while rest.first == ASCII.semicolon {
            rest = rest.dropFirst().drop { $0 == ASCII.space || $0 == ASCII.tab }
            let key = rest.prefix(while: ByteClass.isToken)
            rest = rest[key.endIndex...]
            guard !key.isEmpty, rest.popFirst() == ASCII.equals else { throw .malformedPartHead }
            var value: [UInt8] = []
            if rest.first == ASCII.quote {
                rest.removeFirst()
                while true {
                    guard let byte = rest.popFirst() else { throw .malformedPartHead }
                    if byte == ASCII.quote { break }
                    if byte == ASCII.backslash, let next = rest.first, next == ASCII.quote || next == ASCII.backslash {
                        value.append(next)
                        rest.removeFirst()
                    } else {
                        value.append(byte)
                    }
                }
            } else {
                value = Array(rest.prefix(while: ByteClass.isToken))
                rest = rest.dropFirst(value.count)
            }
            rest = rest.drop { $0 == ASCII.space || $0 == ASCII.tab }
            let name = String(decoding: key, as: UTF8.self).lowercased()
            if parameters.updateValue(String(decoding: value, as: UTF8.self), forKey: name) != nil {
                throw .malformedPartHead
            }
        }
        guard rest.isEmpty else { throw .malformedPartHead }
        return parameters
    }
}
