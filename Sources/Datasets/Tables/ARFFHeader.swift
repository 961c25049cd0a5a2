/// What stands before the data of an ARFF file (Weka): `@relation`, `@attribute NAME TYPE`, comments behind `%`, `@data`. The
/// data are CSV.
struct ARFFHeader {
    /// The names of the attributes.
    let names: [String]
    /// Bytes and lines up to the first of the data.
    let length: Int
    let lines: Int

    /// Whether text starts like this.
    static func begins(_ text: some Collection<UInt8>) -> Bool {
        for line in text.prefix(4_096).split(separator: 0x0a) {
            guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { continue }
            if first == UInt8(ascii: "%") { continue }
            return String(decoding: line.prefix(9), as: UTF8.self).lowercased() == "@relation"
        }
        return false
    }

    /// Reads it; nil where the text is no ARFF, or has no data in what is there.
    init?(_ text: [UInt8]) {
        guard Self.begins(text) else { return nil }
        var names: [String] = []
        var (at, lines) = (0, 0)
        while at < text.count {
            let end = text[at...].firstIndex(of: 0x0a) ?? text.count
            let line = String(decoding: text[at..<end], as: UTF8.self)[...].trimming { $0.isWhitespace }
            at = min(text.count, end + 1)
            lines += 1
            let lower = line.lowercased()
            if lower.hasPrefix("@attribute") {
                names.append(Self.name(line.dropFirst("@attribute".count)))
            } else if lower == "@data" {
                guard names.count > 1 else { return nil }
                (self.names, length, self.lines) = (names, at, lines)
                return
            }
        }
        return nil
    }

    /// The first word, or what stands in quotes.
    private static func name(_ rest: Substring) -> String {
        let rest = rest.trimming { $0.isWhitespace }
        if let quote = rest.first, quote == "'" || quote == "\"", let end = rest.dropFirst().firstIndex(of: quote) {
            return String(rest[rest.index(after: rest.startIndex)..<end])
        }
        return String(rest.prefix { !$0.isWhitespace })
    }
}
