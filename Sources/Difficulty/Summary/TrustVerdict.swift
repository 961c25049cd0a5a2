/// How far the scores can be trusted, and why not further (Difficulty/README.md section 7).
struct TrustVerdict {
    enum Level: Int, Comparable {
        case poor, weak, good

        var name: String {
            switch self {
            case .poor: "poor"
            case .weak: "weak"
            case .good: "good"
            }
        }

        static func < (first: Level, second: Level) -> Bool { first.rawValue < second.rawValue }
    }

    /// Held-out accuracy above chance, as a share of what the labels permit to gain over always answering the majority class
    /// (`HeldOutConfidence`): below these the verdict is weak and poor.
    private static let skill = (weak: 0.75, poor: 0.15)
    /// The skill from which on disagreement with labels is counted: below it networks that do not know better pass for wrong
    /// labels by the hundred.
    static let countable = skill.weak
    /// Reliability of the issue list's order: below these the verdict is weak and poor.
    private static let reliability = (weak: 0.7, poor: 0.4)
    /// Share of the commonest class from which on accuracy says little: networks are judged by how they order the examples.
    static let imbalanced = 0.8
    /// Overlap of the top 5 % between halves below which the verdict is weak.
    private static let overlap = 0.4
    /// Share of members that failed to learn from which on the verdict is weak.
    private static let excluded = 0.1
    /// Training accuracy below which depth in training means little, and below which the verdict is weak.
    static let fit = (interpolated: 0.99, weak: 0.9)
    /// Share of wrong labels among those that the networks disagree with, below which the first suspects may be the networks' own
    /// mistakes, unless they know almost everything: the four cases of 54 in which they were worth less than `good` promises were
    /// of 0.09 to 0.12 (`Benchmarks/results/stated_numbers.md`).
    private static let few = (share: 0.125, skill: 0.9)

    private(set) var level = Level.good
    private(set) var reasons: [String] = []

    /// What the rounds of the plan are called: `repeats` or `runs`.
    private let rounds: String

    init(
        accuracy: ScoreSummary.Accuracy,
        skill: Double?,
        fit: Double?,
        reliability: Reliability,
        members: ScoreSummary.Members,
        rounds: String,
        isOfHeads: Bool = false,
        wrongShare: Double? = nil,
        discrimination: Discrimination? = nil,
        calibration: ScoreSummary.Calibration? = nil,
        preview: ScoreSpec.Preview? = nil,
        leaks: [String] = []
    ) {
        self.rounds = rounds
        for name in leaks {
            lower(
                to: .weak,
                "The column '\(name)' determines the label and is an input because it was asked for: the networks may know the "
                    + "labels from it, and then disagree with none of them."
            )
        }
        if let preview {
            lower(
                to: .weak,
                "A first look: the networks have been trained for \(preview.epochs) of \(preview.of) epochs."
            )
        }
        if let discrimination, accuracy.heldout != nil, accuracy.majorityClass ?? 0 >= Self.imbalanced {
            judgeOrder(discrimination, accuracy)
        } else {
            judgeAccuracy(accuracy, skill)
        }
        if preview == nil { judgeFit(fit, isOfHeads: isOfHeads) }
        judgeFew(wrongShare, accuracy, skill)
        judgeReliability(reliability)
        if members.excluded > 0 {
            let share = Double(members.excluded) / Double(max(1, members.excluded + members.used))
            lower(
                to: share >= Self.excluded ? .weak : .good,
                "\(members.excluded) of \(members.excluded + members.used) networks did not learn and are left out; a "
                    + "smaller learning rate would help."
            )
        }
        judgeCalibration(calibration)
        if level == .poor {
            reasons.append("A larger model, more \(rounds) or your own embeddings as features would help.")
        }
    }

    /// Of the plan `threshold_samples`, whose networks hold nothing out to be judged by: never better than weak.
    init(thresholds: ThresholdSummary?, of members: ScoreSummary.Members) {
        rounds = "runs"
        lower(
            to: .weak,
            "The networks of this plan hold no training example out, so nothing shows how well they know the classes; a job of "
                + "folds would."
        )
        guard let thresholds, thresholds.judged > 0 else { return }
        if thresholds.runs.count < members.total {
            lower(
                to: .weak,
                "Only \(thresholds.runs.count) of \(members.total) runs are there: no flag has been confirmed by another network."
            )
        }
        // Margins below those of a class that does not exist are what most examples have where nothing was learned.
        if 2 * thresholds.flagged > thresholds.judged {
            lower(
                to: .poor,
                "\(thresholds.flagged) of \(thresholds.judged) examples are flagged: the networks learn the labels no better "
                    + "than a class that does not exist; a larger model or other features would help."
            )
        }
    }

    private mutating func lower(to level: Level, _ reason: String) {
        self.level = min(self.level, level)
        reasons.append(reason)
    }

    private mutating func judgeAccuracy(_ accuracy: ScoreSummary.Accuracy, _ skill: Double?) {
        guard let heldOut = accuracy.heldout else {
            lower(to: .weak, "No labelled example has been held out yet, so nothing can be said about new examples.")
            return
        }
        let text = Wording.decimal(heldOut)
        if let majority = accuracy.majorityClass, majority < 1 {
            if let low = accuracy.heldoutInterval?.first, low <= majority {
                lower(
                    to: .poor,
                    "Held-out accuracy \(text) is not above always answering the most frequent class "
                        + "(\(Wording.decimal(majority)))."
                )
            } else if let skill, skill < Self.skill.weak {
                lower(
                    to: skill < Self.skill.poor ? .poor : .weak,
                    "Held-out accuracy is only \(text) (most frequent class: \(Wording.decimal(majority))), "
                        + "\(Wording.percent(skill)) of what there is to gain with these labels: the networks disagree with many "
                        + "of them because they do not know better."
                        + (skill < Self.countable
                            ? " So the number of wrong labels is not estimated; planting some (\"plant\": true) measures how well "
                                + "the list finds them." : "")
                )
            }
        }
        judgeNeighbors(accuracy)
    }

    /// Where one class is nearly everything: what there is to gain in accuracy is next to nothing.
    private mutating func judgeOrder(_ discrimination: Discrimination, _ accuracy: ScoreSummary.Accuracy) {
        let majority = Wording.percent(accuracy.majorityClass ?? 1)
        let balanced =
            accuracy.heldoutBalanced.map { ", and their mean accuracy over the classes is \(Wording.decimal($0))" }
            ?? ""
        let area = Wording.decimal(discrimination.mean)
        // As a share of what there is to gain over chance.
        let gain = 2 * discrimination.mean - 1
        if discrimination.mean <= discrimination.chance {
            lower(
                to: .poor,
                "One class has \(majority) of the labels, and held-out networks tell it from the others no better than chance "
                    + "(AUC \(area)\(balanced))."
            )
        } else if gain < Self.skill.weak {
            lower(
                to: gain < Self.skill.poor ? .poor : .weak,
                "One class has \(majority) of the labels, so accuracy says little; held-out networks order the examples with an "
                    + "AUC of \(area) (chance: 0.50)\(balanced)."
            )
        }
        judgeNeighbors(accuracy)
    }

    private mutating func judgeNeighbors(_ accuracy: ScoreSummary.Accuracy) {
        guard let heldOut = accuracy.heldout else { return }
        let text = Wording.decimal(heldOut)
        if let neighbors = accuracy.inputKNN, let high = accuracy.heldoutInterval?.last, high < neighbors {
            lower(
                to: .weak,
                "Held-out accuracy \(text) is below that of the nearest neighbours in input space "
                    + "(\(Wording.decimal(neighbors))): look at input_knn first."
            )
        }
    }

    private mutating func judgeCalibration(_ calibration: ScoreSummary.Calibration?) {
        guard let calibration, let own = calibration.chosen.flatMap({ quality(of: $0.score, in: calibration) }),
            let other = quality(of: "input_knn", in: calibration), own < other
        else { return }
        lower(
            to: .weak,
            "Of the labels planted in this job the trained scores find fewer (average precision \(Wording.decimal(own))) than "
                + "input_knn, which needs no training (\(Wording.decimal(other))): look at input_knn first."
        )
    }

    private func quality(of score: String, in calibration: ScoreSummary.Calibration) -> Double? {
        calibration.scores.first { $0.score == score }?.averagePrecision
    }

    private mutating func judgeFew(_ wrongShare: Double?, _ accuracy: ScoreSummary.Accuracy, _ skill: Double?) {
        guard let wrongShare, let heldOut = accuracy.heldout, let skill, skill < Self.few.skill,
            wrongShare < Self.few.share * (1 - heldOut)
        else { return }
        lower(
            to: .weak,
            "The networks disagree with \(Wording.percent(1 - heldOut)) of the labels, of which few are wrong "
                + "(\(Wording.percent(wrongShare)) of all): many of the first suspects are their own mistakes."
        )
    }

    private mutating func judgeFit(_ fit: Double?, isOfHeads: Bool) {
        // Heads on embeddings stop before they have taken on every label, and shall: a warning says so.
        guard let fit, fit < Self.fit.interpolated, !isOfHeads else { return }
        lower(
            to: fit < Self.fit.weak ? .weak : .good,
            "The networks fit only \(Wording.decimalBelow(fit)) of their training labels: depth in training, memorisation and "
                + "the groups of the map understate how hard examples are."
        )
    }

    private mutating func judgeReliability(_ reliability: Reliability) {
        guard let issues = reliability.scores["issue_score"] else {
            lower(to: .weak, "With fewer than two \(rounds) nothing shows how well the scores repeat.")
            return
        }
        if let value = issues.spearmanBrown, value < Self.reliability.weak {
            lower(
                to: value < Self.reliability.poor ? .poor : .weak,
                "The order by issue_score repeats only with reliability \(Wording.decimal(value)); more \(rounds) would help."
            )
        }
        if let top = issues.top5, top < Self.overlap {
            lower(
                to: .weak,
                "Only \(Wording.percent(top)) of the 5 % most suspect examples are the same in both halves of the \(rounds)."
            )
        }
    }
}
