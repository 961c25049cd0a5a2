import Foundation

/// Fisher's exact test of a two-by-two table, one-sided: how probable at least so many successes among the chosen are, if
/// the chosen were drawn by lot (the upper tail of the hypergeometric distribution).
struct FisherExact: Sendable {
    /// ln n! for n = 0, 1, ...
    private let logFactorials: [Double]

    /// - Parameter most: the largest number of trials
    init(most: Int) {
        var sum = 0.0
        logFactorials = (0...max(1, most)).map { n in
            if n > 1 { sum += log(Double(n)) }
            return sum
        }
    }

    /// - Parameters:
    ///   - successes: among the chosen
    ///   - chosen: trials that were chosen
    ///   - allSuccesses: among all trials
    ///   - all: trials, at most `most`
    func p(_ successes: Int, of chosen: Int, allSuccesses: Int, of all: Int) -> Double {
        func logChoose(_ n: Int, _ k: Int) -> Double { logFactorials[n] - logFactorials[k] - logFactorials[n - k] }
        let whole = logChoose(all, chosen)
        let least = max(successes, chosen + allSuccesses - all)
        let most = min(chosen, allSuccesses)
        guard least <= most else { return 0 }
        let sum = (least...most).reduce(0.0) { sum, count in
            sum + exp(logChoose(allSuccesses, count) + logChoose(all - allSuccesses, chosen - count) - whole)
        }
        return min(1, sum)
    }
}
