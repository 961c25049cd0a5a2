/// Entity tags and the lists of them in conditions (RFC 9110 sections 8.8.3 and 13.1).
public enum EntityTag {
    /// `If-None-Match`: whether `tag` is among those of `list`, by weak comparison, or the list is `*`.
    public static func weaklyMatches(_ tag: String, list: String) -> Bool {
        list.trimmed == "*" || tags(in: list).contains { opaque($0) == opaque(tag) }
    }

    /// `If-Match` and `If-Range`: the same by strong comparison, by which weak tags match nothing.
    public static func stronglyMatches(_ tag: String, list: String) -> Bool {
        list.trimmed == "*" || (!isWeak(tag) && tags(in: list).contains { !isWeak($0) && $0 == tag })
    }

    /// The tag of the gzip form of the representation that `tag` names: other bytes, another tag.
    public static func gzipVariant(of tag: String) -> String {
        tag.hasSuffix("\"") ? tag.dropLast() + "-gzip\"" : tag
    }

    private static func isWeak(_ tag: String) -> Bool { tag.hasPrefix("W/") }

    private static func opaque(_ tag: String) -> Substring { isWeak(tag) ? tag.dropFirst(2) : tag[...] }

    /// The well-formed tags of a list. Commas may stand inside the quotes.
    private static func tags(in list: String) -> [String] {
        var tags: [String] = []
        var rest = list[...]
        while let open = rest.firstIndex(of: "\"") {
            guard let close = rest[rest.index(after: open)...].firstIndex(of: "\"") else { break }
            let prefix = rest[..<open].hasSuffix("W/") ? "W/" : ""
            tags.append(prefix + rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return tags
    }
}
