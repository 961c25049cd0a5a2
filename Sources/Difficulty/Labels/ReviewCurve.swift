import Foundation

/// What somebody who checks the suspects from the top can expect to find, the total being the number of wrong labels that
/// is stated.
///
/// Each example's probability of a wrong label is 1 - self-confidence, shifted by one constant on the log-odds scale
/// such that all of them add up to the estimated number of label errors: networks are overconfident, but their order is
/// good.
struct ReviewCurve: Sendable {
    struct Point: Sendable, Hashable {
        let first: Int
        let expected: Double
        let low: Double
        let high: Double
    }

    /// N: probability that the label is wrong, nil where unknown.
    let errorProbability: [Double?]
    private let low: [Double?]
    private let high: [Double?]

    /// - Parameters:
    ///   - selfConfidence: N, NaN where unknown
    ///   - errors: estimated number of label errors with its interval
    init(selfConfidence: [Float], errors: (value: Double, low: Double, high: Double)) {
        errorProbability = Self.shifted(selfConfidence, total: errors.value)
        low = Self.shifted(selfConfidence, total: errors.low)
        high = Self.shifted(selfConfidence, total: errors.high)
    }

    /// The curve along a list of rows, at 10, 20, 50, 100, ... and at its end.
    ///
    /// The bounds join the interval of the total with the spread of independent errors (1.96 standard deviations).
    func points(along rows: [Int]) -> [Point] {
        var points: [Point] = []
        var (sum, lowSum, highSum, lowSpread, highSpread) = (0.0, 0.0, 0.0, 0.0, 0.0)
        let marks = Self.marks(upTo: rows.count)
        for (position, row) in rows.enumerated() {
            sum += errorProbability[row] ?? 0
            if let p = low[row] { (lowSum, lowSpread) = (lowSum + p, lowSpread + p * (1 - p)) }
            if let p = high[row] { (highSum, highSpread) = (highSum + p, highSpread + p * (1 - p)) }
            guard marks.contains(position + 1) else { continue }
            points.append(
                Point(
                    first: position + 1,
                    expected: sum,
                    low: max(0, lowSum - Proportion.z * lowSpread.squareRoot()),
                    high: min(Double(position + 1), highSum + Proportion.z * highSpread.squareRoot())
                )
            )
        }
        return points
    }

    private static func marks(upTo count: Int) -> Set<Int> {
        var marks: Set<Int> = count > 0 ? [count] : []
        var decade = 10
        while decade <= count {
            for factor in [1, 2, 5] where decade * factor <= count { marks.insert(decade * factor) }
            decade *= 10
        }
        return marks
    }

    /// Log-odds of 1 - self-confidence, shifted by the constant that makes the probabilities add up to `total`.
    private static func shifted(_ selfConfidence: [Float], total: Double) -> [Double?] {
        let odds = selfConfidence.map { value -> Double? in
            guard !value.isNaN else { return nil }
            let p = min(max(1 - Double(value), 1e-7), 1 - 1e-7)
            return log(p / (1 - p))
        }
        let known = odds.compactMap { $0 }
        guard total > 0, total < Double(known.count) else {
            return odds.map { $0 == nil ? nil : total > 0 ? 1 : 0 }
        }
        var (low, high) = (-40.0, 40.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let sum = known.reduce(0) { $0 + 1 / (1 + exp(-$1 - middle)) }
            if sum < total { low = middle } else { high = middle }
        }
        let shift = (low + high) / 2
        return odds.map { $0.map { 1 / (1 + exp(-$0 - shift)) } }
    }
}
