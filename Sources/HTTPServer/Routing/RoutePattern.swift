/// The path of a route: literal segments, `{name}`, and `{name}` with a literal before or after it (`{name}.npy`).
struct RoutePattern: Sendable {
    /// One segment between slashes.
    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(prefix: String, suffix: String)
    }

    let text: String
    let segments: [Segment]
    /// The names of the parameters, in the order of the segments that hold them.
    let names: [String]

    /// Parses `/v1/datasets/{id}/rows`. A malformed pattern is a mistake in the program, not of a client.
    init(_ text: String) {
        precondition(text.first == "/", "route pattern \(text) does not start with a slash")
        self.text = text
        var segments: [Segment] = []
        var names: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: true) {
            guard let open = part.firstIndex(of: "{") else {
                segments.append(.literal(String(part)))
                continue
            }
            guard let close = part.firstIndex(of: "}"), open < close else {
                preconditionFailure("route pattern \(text) has an unclosed parameter")
            }
            names.append(String(part[part.index(after: open)..<close]))
            segments.append(
                .parameter(prefix: String(part[..<open]), suffix: String(part[part.index(after: close)...]))
            )
        }
        self.segments = segments
        self.names = names
    }

    /// Whether a decoded path fits.
    func matches(_ path: [String]) -> Bool {
        let path = path.last == "" ? path.dropLast() : path[...]
        guard path.count == segments.count else { return false }
        return zip(path, segments).allSatisfy { name, segment in
            switch segment {
            case .literal(let text): name == text
            case .parameter(let prefix, let suffix):
                name.utf8.count > prefix.utf8.count + suffix.utf8.count
                    && name.hasPrefix(prefix) && name.hasSuffix(suffix)
            }
        }
    }
}
