/// Quantiles of a sample.
enum Quantile {
    /// The quantile by linear interpolation between order statistics: position q (n-1), counted from 0 (type 7 of Hyndman
    /// and Fan 1996, the default of NumPy and R).
    ///
    /// - Parameters:
    ///   - sorted: at least one number, ascending
    ///   - q: from 0 to 1
    static func of(_ sorted: [Double], at q: Double) -> Double {
        precondition(!sorted.isEmpty && (0...1).contains(q), "a quantile of nothing, or outside 0 to 1")
        let position = q * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}
