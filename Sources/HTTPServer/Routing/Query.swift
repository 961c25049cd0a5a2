import HTTPWire

/// The parameters of a request target, in the order they came, percent-decoded and with `+` read as a space.
public struct Query: Sendable, Hashable {
    /// One `name=value` pair; `value` is empty where there was no `=`.
    public struct Item: Sendable, Hashable {
        /// The decoded name.
        public var name: String
        /// The decoded value.
        public var value: String

        /// A pair.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Every pair, repeated names included.
    public var items: [Item]

    /// A query of given pairs.
    public init(items: [Item] = []) {
        self.items = items
    }

    /// Parses what follows the `?` of a target.
    ///
    /// - Throws: `HTTPFault.invalidPercentEncoding` where a `%` is not followed by two hexadecimal digits, or where the
    ///   decoded bytes are not UTF-8.
    public init(parsing text: some StringProtocol) throws(HTTPFault) {
        items = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let value = equals.map { pair[pair.index(after: $0)...] } ?? pair[pair.endIndex...]
            items.append(
                Item(
                    name: try PercentCoding.decode(pair[..<(equals ?? pair.endIndex)], plusIsSpace: true),
                    value: try PercentCoding.decode(value, plusIsSpace: true)
                )
            )
        }
    }

    /// The value of the first pair of that name.
    public func first(_ name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// The values of all pairs of that name.
    public func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}
