/// How many of the user's own labels are wrong, judged by the planted ones: the rate to which a cut is transferred.
///
/// If wrong labels are as suspect as planted ones, a cut that flags a share TPR of the planted flags as large a share of
/// the wrong ones. So where it flags a share A of the user's own examples, no more than A / TPR of them can be wrong. The
/// smallest of these bounds is the estimate: it is the rate itself as soon as one cut flags no right label (Blanchard, Lee
/// and Scott, "Semi-Supervised Novelty Detection", JMLR 2010).
///
/// Difficulty/README.md section 8 takes the rate from the confident joint, which counts hard examples too: with 2 and
/// 15 % of 5,000 labels wrong it says 9 and 23 %.
package struct NoiseRate: Sendable {
    /// The share of wrong labels, with the 95 % intervals of both its shares joined, as if the cut had been fixed before: that
    /// it is the smallest of many makes it a little too small, that two intervals are joined makes theirs wide.
    package let value: Double
    package let low: Double
    package let high: Double

    /// Cuts that flag a smaller share of the planted labels are left out: the smallest of many uncertain bounds is too
    /// small.
    private static let smallestPlantedShare = 0.4
    /// Nor do cuts count that flag fewer than this, however many were planted.
    private static let fewestFound = 10

    /// Nil where no cut flags enough planted labels.
    ///
    /// - Parameter separation: of all examples, planted and the user's own
    package init?(_ separation: Separation) {
        var best: (bound: Double, planted: Int, others: Int)?
        for (planted, others) in separation.cuts
        where planted >= Self.fewestFound && Double(planted) >= Self.smallestPlantedShare * Double(separation.planted) {
            let bound = Double(others) * Double(separation.planted) / Double(planted)
            if bound < best?.bound ?? .infinity { best = (bound, planted, others) }
        }
        guard let best, separation.others > 0,
            let found = Proportion(best.planted, of: separation.planted).interval,
            let flagged = Proportion(best.others, of: separation.others).interval
        else { return nil }
        value = min(1, best.bound / Double(separation.others))
        low = min(value, flagged.low / found.high)
        high = max(value, min(1, flagged.high / found.low))
    }

    /// The share of wrong labels among the flagged ones of the user's own: pi TPR / A, with its interval.
    ///
    /// - Parameters:
    ///   - found: planted labels that the cut flags
    ///   - planted: of so many; found by planted is TPR
    ///   - flagged: A, the share of the user's own examples that it flags, above 0
    package func precision(
        found: Int,
        of planted: Int,
        flagged: Double
    ) -> (value: Double, low: Double, high: Double)? {
        let share = Proportion(found, of: planted)
        guard flagged > 0, let rate = share.value, let bounds = share.interval else { return nil }
        return (
            min(1, value * rate / flagged), min(1, low * bounds.low / flagged), min(1, high * bounds.high / flagged)
        )
    }
}
