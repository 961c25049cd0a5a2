/// The mean of a few numbers with its 95 % interval by Student's t.
package struct MeanInterval: Sendable {
    package let count: Int
    /// Nil of no numbers.
    package let mean: Double?
    /// Nil below two.
    package let standardError: Double?
    /// Nil below two.
    package let interval: (low: Double, high: Double)?

    package init(_ values: [Double]) {
        count = values.count
        guard count > 0 else {
            (mean, standardError, interval) = (nil, nil, nil)
            return
        }
        let center = values.reduce(0, +) / Double(count)
        mean = center
        guard count > 1 else {
            (standardError, interval) = (nil, nil)
            return
        }
        let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
        let error = (squares / Double(count - 1) / Double(count)).squareRoot()
        let half = Self.quantile(freedom: count - 1) * error
        standardError = error
        interval = (center - half, center + half)
    }

    /// The 97.5 % quantile of Student's t: tabulated to 30 degrees of freedom, beyond that by the expansion about the normal
    /// quantile (Abramowitz and Stegun 26.7.5), exact to four decimals there.
    static func quantile(freedom: Int) -> Double {
        if freedom <= table.count { return table[max(1, freedom) - 1] }
        let (z, n) = (Proportion.z, Double(freedom))
        let (z3, z5) = (z * z * z, z * z * z * z * z)
        return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
    }

    private static let table = [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604,
        2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
        2.0518, 2.0484, 2.0452, 2.0423,
    ]
}
