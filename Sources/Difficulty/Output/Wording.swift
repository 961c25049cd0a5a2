/// Numbers in sentences.
enum Wording {
    /// Two decimals, rounded to the nearest; never 0.00 or 1.00 for what is not exactly that.
    static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return "unknown" }
        if value > 0, value < 0.005 { return "under 0.01" }
        if value > 0.995, value < 1 { return "over 0.99" }
        let hundredths = Int((abs(value) * 100).rounded())
        let digits = hundredths % 100
        return "\(value < 0 ? "-" : "")\(hundredths / 100).\(digits < 10 ? "0" : "")\(digits)"
    }

    /// Two decimals of what is below a limit of two decimals, rounded down: 0.989 is not "only 0.99" of the 0.99 it misses.
    static func decimalBelow(_ value: Double) -> String {
        guard value >= 0.01 else { return decimal(value) }
        // The hundredths of 0.29 are 28.999999999999996.
        return decimal((value * 100 + 1e-9).rounded(.down) / 100)
    }

    /// A share as a whole percentage.
    static func percent(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }

    /// `1 time`, `3 times`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `a`, `a and b`, `a, b and c`.
    static func list(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }
}
