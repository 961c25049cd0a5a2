/// How sure held-out networks are, which tells how much of what they get wrong the labels can be blamed for.
///
/// Their probabilities are those of the epochs with the smallest held-out loss (`TStar`), where they are about calibrated
/// against the **given** labels. So on examples that leave no doubt they are as sure as the labels are right: where a tenth of
/// the labels is wrong, nobody gets far beyond 0.9. That is the ceiling of what accuracy can reach with these labels, and what
/// lies below it on other examples is what the networks do not know.
package struct HeldOutConfidence {
    /// Which of the examples leave no doubt: the surest quarter begins here.
    private static let quantile = 0.75
    /// Networks that are less sure than this of their surest quarter are not kept down by the labels: more than three in ten
    /// labels would have to be wrong.
    private static let lowestCeiling = 0.7

    /// The most that accuracy can reach with these labels, 0.7 to 1.
    package let ceiling: Double
    /// Examples that the networks would get wrong if all labels were right.
    package let ownMistakes: Double

    /// - Parameters:
    ///   - labels: N, -1 where missing
    ///   - probabilities: N x C mean held-out probabilities, NaN where there are none
    /// - Returns: nil where no labelled example was held out
    package init?(labels: [Int32], probabilities: [Float], classes: Int) {
        var tops: [Double] = []
        for (row, label) in labels.enumerated() where label >= 0 && !probabilities[row * classes].isNaN {
            tops.append(Double(probabilities[row * classes..<(row + 1) * classes].max() ?? 0))
        }
        guard !tops.isEmpty else { return nil }
        tops.sort()
        ceiling = max(Self.lowestCeiling, tops[Int(Self.quantile * Double(tops.count - 1))])
        let mean = tops.reduce(0, +) / Double(tops.count)
        ownMistakes = Double(tops.count) * max(0, 1 - mean / ceiling)
    }

    /// Accuracy above always answering the majority class, as a share of what these labels permit: 0 to 1.
    package func skill(accuracy: Double, majority: Double) -> Double {
        guard majority < ceiling else { return 1 }
        return min(1, max(0, (accuracy - majority) / (ceiling - majority)))
    }
}
