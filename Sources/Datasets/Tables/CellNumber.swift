import Glibc

/// What a cell says: a number, nothing, or text.
package enum CellNumber {
    /// Spellings of "no value" beside the empty cell.
    static let missing: Set<String> = [
        "?", "NA", "N/A", "n/a", "#N/A", "nan", "NaN", "NAN", "null", "NULL", "<NA>",
    ]
    private static let longestMissing = 4

    /// What stands for "no value" in a column whose other cells are numbers; elsewhere it may be a category.
    static let missingAmongNumbers: Set<String> = [
        "None", "none", "NONE", "-", "--", "---", ".", "..", "*", "na", "n.a.", "nil", "NIL", "(null)", "#DIV/0!",
        "#VALUE!",
        "#REF!", "missing", "unknown",
    ]

    /// What counts as "no value": the usual spellings, what the sender says besides, and not what the sender keeps.
    struct Missing {
        /// Of `missing=`.
        var also: Set<String> = []
        /// Of `keep=`: labels that look missing and are not.
        var kept: Set<String> = []

        /// Whether a cell of an input holds nothing.
        func holds(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
            CellNumber.isMissing(cell)
                || !also.isEmpty && cell.count <= 64 && also.contains(String(decoding: cell, as: UTF8.self))
        }

        /// Whether a label is none.
        func holds(label: String) -> Bool {
            if label.isEmpty || also.contains(label) { return true }
            return CellNumber.isMissing(label) && !kept.contains(label)
        }
    }

    static func isMissingAmongNumbers(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count <= 8 && missingAmongNumbers.contains(String(decoding: bytes, as: UTF8.self))
    }

    /// Whether a cell holds no value.
    package static func isMissing(_ text: String) -> Bool { text.isEmpty || missing.contains(text) }

    static func isMissing(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if bytes.isEmpty { return true }
        // Nearly every cell starts with a digit, a sign or is longer.
        guard bytes.count <= longestMissing, bytes[0] > 0x39 || bytes[0] == 0x23 else { return false }
        return missing.contains(String(decoding: bytes, as: UTF8.self))
    }

    /// The number that a text spells, in decimal: sign, digits, one point, exponent; or `inf`. Nil for anything else.
    /// - Parameter decimalComma: whether a comma may stand for the point
    package static func value(of text: String, decimalComma: Bool = false) -> Double? {
        var text = text
        return text.withUTF8 { value(of: $0, decimalComma: decimalComma) }
    }

    /// As above. Correctly rounded: up to 19 digits and a power of ten that a Double holds exactly take one operation
    /// (Clinger 1990); the rest goes to `strtod`.
    static func value(of bytes: UnsafeBufferPointer<UInt8>, decimalComma: Bool) -> Double? {
        var at = 0
        var isNegative = false
        if let first = bytes.first, first == 0x2d || first == 0x2b {
            isNegative = first == 0x2d
            at = 1
        }
        var mantissa: UInt64 = 0
        var (digits, significant, exponent) = (0, 0, 0)
        var hasPoint = false
        while at < bytes.count {
            let byte = bytes[at]
            if byte >= 0x30, byte <= 0x39 {
                digits += 1
                if significant > 0 || byte != 0x30 { significant += 1 }
                if significant <= 19 { mantissa = mantissa &* 10 &+ UInt64(byte - 0x30) }
                if hasPoint { exponent -= 1 }
            } else if !hasPoint, byte == 0x2e || decimalComma && byte == 0x2c {
                hasPoint = true
            } else {
                break
            }
            at += 1
        }
        guard digits > 0 else { return infinity(bytes[at...], isNegative) }
        if at < bytes.count {
            guard bytes[at] | 0x20 == 0x65 else { return nil }
            at += 1
            var isSmall = false
            if at < bytes.count, bytes[at] == 0x2d || bytes[at] == 0x2b {
                isSmall = bytes[at] == 0x2d
                at += 1
            }
            guard at < bytes.count else { return nil }
            var power = 0
            while at < bytes.count {
                guard bytes[at] >= 0x30, bytes[at] <= 0x39 else { return nil }
                power = min(power * 10 + Int(bytes[at] - 0x30), 100_000)
                at += 1
            }
            exponent += isSmall ? -power : power
        }
        if significant <= 19, mantissa <= 1 << 53, abs(exponent) <= 22 {
            let value = Double(mantissa)
            let scaled = exponent < 0 ? value / tens[-exponent] : value * tens[exponent]
            return isNegative ? -scaled : scaled
        }
        return slowValue(bytes)
    }

    private static let tens: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    /// The syntax has been checked; a comma becomes the point.
    private static func slowValue(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
        var text = bytes.map { CChar(bitPattern: $0 == 0x2c ? 0x2e : $0) }
        text.append(0)
        return strtod(text, nil)
    }

    private static func infinity(_ rest: Slice<UnsafeBufferPointer<UInt8>>, _ isNegative: Bool) -> Double? {
        guard rest.count == 3 || rest.count == 8 else { return nil }
        let word = String(decoding: rest, as: UTF8.self).lowercased()
        guard word == "inf" || word == "infinity" else { return nil }
        return isNegative ? -.infinity : .infinity
    }
}
