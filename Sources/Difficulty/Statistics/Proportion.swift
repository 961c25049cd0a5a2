/// A share of successes with its Wilson score interval.
struct Proportion: Sendable, Hashable {
    let successes: Double
    let trials: Double

    /// The two-sided 95 % quantile of the normal distribution.
    static let z = 1.959963984540054

    /// - Parameters:
    ///   - successes: may be fractional where each trial is itself a mean over members
    ///   - trials: number of trials
    init(_ successes: some BinaryInteger, of trials: some BinaryInteger) {
        self.successes = Double(successes)
        self.trials = Double(trials)
    }

    init(successes: Double, trials: Double) {
        self.successes = successes
        self.trials = trials
    }

    /// Nil without trials.
    var value: Double? { trials > 0 ? successes / trials : nil }

    /// The 95 % interval of Wilson (1927): inside [0, 1], and useful for few trials and for shares of 0 and 1.
    var interval: (low: Double, high: Double)? {
        guard let p = value else { return nil }
        let z2 = Self.z * Self.z
        let center = (p + z2 / (2 * trials)) / (1 + z2 / trials)
        let half = Self.z / (1 + z2 / trials) * (p * (1 - p) / trials + z2 / (4 * trials * trials)).squareRoot()
        // Exact at the ends, where rounding would leave the share itself outside.
        return (p <= 0 ? 0 : max(0, center - half), p >= 1 ? 1 : min(1, center + half))
    }
}

/// A share per example: successes and trials counted over members.
struct ShareAccumulator: Sendable {
    private(set) var successes: [Int32]
    private(set) var trials: [Int32]

    init(count: Int) {
        successes = [Int32](repeating: 0, count: count)
        trials = successes
    }

    mutating func add(_ success: Bool, at index: Int) {
        trials[index] += 1
        if success { successes[index] += 1 }
    }

    func proportion(_ index: Int) -> Proportion { Proportion(successes[index], of: trials[index]) }

    /// Standard error as for the mean of zeros and ones (sample deviation); nil below two trials.
    func standardError(_ index: Int) -> Double? {
        guard trials[index] >= 2, let p = proportion(index).value else { return nil }
        return (p * (1 - p) / Double(trials[index] - 1)).squareRoot()
    }

    /// A score's value, `_n`, `_se` if asked, `_lo` and `_hi`.
    func columns(of score: String, standardError withError: Bool = true, least: Int32 = 1) -> [Column] {
        let rows = trials.indices
        func each(_ value: (Int) -> Double?) -> [Float] { rows.map { trials[$0] >= least ? column(value($0)) : .nan } }
        var columns = [
            Column(score: score, .value, each { proportion($0).value }),
            Column(score: score, .count, trials.map(Float.init)),
        ]
        if withError { columns.append(Column(score: score, .standardError, each { standardError($0) })) }
        return columns + [
            Column(score: score, .low, each { proportion($0).interval?.low }),
            Column(score: score, .high, each { proportion($0).interval?.high }),
        ]
    }
}
