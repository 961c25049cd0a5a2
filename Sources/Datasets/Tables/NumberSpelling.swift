/// How the numbers of one column are written.
enum NumberSpelling: String, Hashable, CaseIterable {
    /// `1324.5`, with a sign and an exponent where there are some.
    case plain
    /// `1,324.50`: commas between groups of three.
    case thousands
    /// `1.324,50` or `1324,5`: a comma is the point.
    case decimalComma = "decimal_comma"

    /// For people.
    var words: String {
        switch self {
        case .plain: "read as it stands"
        case .thousands: "read with commas between thousands"
        case .decimalComma: "read with the comma as the point"
        }
    }

    /// Whether a text is a number in one of the spellings.
    static func isNumber(_ text: String) -> Bool {
        guard text.utf8.count <= 40, text.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return false }
        var text = text
        return text.withUTF8 { cell in
            NumberSpelling.allCases.contains { $0.value(of: cell) != nil }
        }
    }

    /// The number that a cell spells; a currency sign before or behind it, a percent sign behind it and spaces are no part of
    /// it. Nil for anything else.
    func value(of cell: UnsafeBufferPointer<UInt8>) -> Double? {
        if let plain = CellNumber.value(of: cell, decimalComma: self == .decimalComma) { return plain }
        guard cell.count <= 40, let digits = Self.bare(cell) else { return nil }
        switch self {
        case .plain: return Self.plain(digits, decimalComma: false)
        case .thousands:
            return Self.joined(digits, separator: 0x2c, point: 0x2e) ?? Self.plain(digits, decimalComma: false)
        case .decimalComma:
            return Self.joined(digits, separator: 0x2e, point: 0x2c) ?? Self.plain(digits, decimalComma: true)
        }
    }

    private static func plain(_ digits: [UInt8], decimalComma: Bool) -> Double? {
        digits.withUnsafeBufferPointer { CellNumber.value(of: $0, decimalComma: decimalComma) }
    }

    /// Without signs of currency and percent, spaces, apostrophes and no-break spaces between digits.
    private static func bare(_ cell: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var text = String(decoding: cell, as: UTF8.self)[...]
        var sign = ""
        if let first = text.first, first == "-" || first == "+" || first == "\u{2212}" {
            sign = first == "+" ? "" : "-"
            text = text.dropFirst()
        }
        while let first = text.first, Self.currencies.contains(first) || first == " " { text = text.dropFirst() }
        while let last = text.last, last == "%" || Self.currencies.contains(last) || last == " " || last == "\u{a0}" {
            text = text.dropLast()
        }
        guard let first = text.first, first.isASCII, first.isNumber || first == "." || sign.isEmpty && first == "-"
        else {
            return nil
        }
        var bare = Array(sign.utf8)
        var previous: Character = "x"
        for character in text {
            let isGap = character == "'" || character == " " || character == "\u{a0}" || character == "\u{202f}"
            if isGap {
                guard previous.isNumber else { return nil }
            } else {
                guard character.isASCII else { return nil }
                bare += String(character).utf8
            }
            previous = character
        }
        return bare
    }

    private static let currencies: Set<Character> = ["$", "€", "£", "¥", "₹", "₩", "₽", "¢"]

    /// Groups of three digits without what stands between them; nil where they are none.
    private static func joined(_ digits: [UInt8], separator: UInt8, point: UInt8) -> Double? {
        let parts = digits.split(separator: point, omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first else { return nil }
        let groups = whole.split(separator: separator, omittingEmptySubsequences: false)
        guard groups.count > 1, let first = groups.first else { return nil }
        let signs = first.first == 0x2d ? 1 : 0
        guard (1...3).contains(first.count - signs), groups.dropFirst().allSatisfy({ $0.count == 3 }),
            groups.allSatisfy({ $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2d } })
        else { return nil }
        var plain = groups.reduce(into: [UInt8]()) { $0 += $1 }
        if parts.count == 2 { plain += [0x2e] + parts[1] }
        return Self.plain(plain, decimalComma: false)
    }
}
