/// `Range: bytes=...` (RFC 9110 section 14.1.2), for one range.
public enum ByteRange: Sendable, Hashable {
    /// No usable range: malformed, another unit, or several ranges. The whole representation is sent.
    case ignored
    /// These bytes.
    case satisfiable(Range<Int>)
    /// No byte of the representation is in the range: 416.
    case unsatisfiable

    /// What `value` asks of a representation of `length` bytes.
    public init(_ value: String, length: Int) {
        self = .ignored
        guard value.lowercased().hasPrefix("bytes=") else { return }
        let spec = value.dropFirst(6).trimmed
        guard let dash = spec.firstIndex(of: "-"), !spec.contains(",") else { return }
        let first = spec[..<dash]
        let last = spec[spec.index(after: dash)...]
        guard let start = Self.number(first), let end = Self.number(last) else { return }
        switch (start, end) {
        case (nil, nil): return
        case (nil, let suffix?):
            self = suffix == 0 || length == 0 ? .unsatisfiable : .satisfiable(max(0, length - suffix)..<length)
        case (let start?, let end):
            if let end, end < start { return }
            self = start >= length ? .unsatisfiable : .satisfiable(start..<min(length, (end ?? length - 1) + 1))
        }
    }

    /// `.some(nil)` for no digits, `nil` for something else than a number. Numbers past 10^17 count as 10^17.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return text.utf8.count > 17 ? 100_000_000_000_000_000 : Int(text)
    }
}
