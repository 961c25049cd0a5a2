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
    /// How many labels are wrong, with a 95 % interval: the share of labels that disagree with the networks among the surest
    /// quarter of the examples, for all of them.
    ///
    /// Of those that they are surest of the networks get next to nothing wrong themselves, and held-out networks have not seen
    /// the labels that they are compared with: what disagrees there are wrong labels. That wrong labels are as common among the
    /// others is taken for granted; where people err on hard examples above all there are more of them. The interval is Wilson's
    /// for the quarter.
    package let wrongLabels: (value: Double, low: Double, high: Double)

    /// - Parameters:
    ///   - labels: N, -1 where missing
    ///   - probabilities: N x C mean held-out probabilities, NaN where there are none
    /// - Returns: nil where no labelled example was held out
    package init?(labels: [Int32], probabilities: [Float], classes: Int) {
        var answers: [(sure: Float, agrees: Bool)] = []
        for (row, label) in labels.enumerated() where label >= 0 && !probabilities[row * classes].isNaN {
            let answer = probabilities[row * classes..<(row + 1) * classes]
            let sure = answer.max() ?? 0
            answers.append((sure, answer[row * classes + Int(label)] == sure))
        }
        guard !answers.isEmpty else { return nil }
        answers.sort { $0.sure < $1.sure }
        let first = Int(Self.quantile * Double(answers.count - 1))
        ceiling = max(Self.lowestCeiling, Double(answers[first].sure))
        let surest = answers[first...]
        let (wrong, count) = (surest.count { !$0.agrees }, surest.count)
        let interval = Proportion(wrong, of: count).interval
        let all = Double(answers.count)
        wrongLabels = (all * Double(wrong) / Double(count), all * (interval?.low ?? 0), all * (interval?.high ?? 1))
    }

    /// Accuracy above always answering the majority class, as a share of what these labels permit: 0 to 1.
    package func skill(accuracy: Double, majority: Double) -> Double {
        guard majority < ceiling else { return 1 }
        return min(1, max(0, (accuracy - majority) / (ceiling - majority)))
    }
}
