/// What a cut that was found at one rate of wrong labels promises at another.
package enum ExpectedPrecision {
    /// pi TPR / (pi TPR + (1 - pi) FPR): the share of wrong labels among the flagged examples where a share `pi` of all
    /// labels is wrong (Bayes' rule). Nil where nothing would be flagged.
    ///
    /// - Parameters:
    ///   - noise: pi
    ///   - truePositive: TPR, the share of wrong labels that is flagged
    ///   - falsePositive: FPR, the share of right labels that is flagged
    package static func value(noise: Double, truePositive: Double, falsePositive: Double) -> Double? {
        let right = noise * truePositive
        let all = right + (1 - noise) * falsePositive
        return all > 0 ? right / all : nil
    }
}
