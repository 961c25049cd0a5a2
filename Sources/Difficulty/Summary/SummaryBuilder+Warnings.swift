import Arrays
import Tasks

extension SummaryBuilder {
    /// Share of equal votes below which approximate neighbours deserve a warning.
    private static let closeVotes = 0.98

    /// What a reader of the scores should know before.
    func warnings(fit: Double?, curves: ScoreSummary.LearningCurves?) -> [ScoreSummary.Warning] {
        var warnings: [ScoreSummary.Warning] = []
        if let fit {
            let more = LearningCurveMean.epochsToFit(curves?.trainAccuracy.compactMap { $0 } ?? [])
            let advice =
                more.map { "At the present pace about \($0) epochs would reach 0.99." }
                ?? "More epochs alone will hardly do; a larger model or learning rate might."
            warnings.append(
                .init(
                    code: "not_interpolated",
                    detail:
                        "The networks fit \(Wording.decimalBelow(fit)) of their training labels, so depth in training says "
                        + "little. \(advice)"
                )
            )
        }
        warnings += evidence.thresholdSets == nil ? warningsOfRounds : warningsOfThresholds
        let worst = evidence.probeNames.indices.compactMap { projected($0, \.votes) }.min()
        if let worst, worst < Self.closeVotes {
            warnings.append(
                .init(
                    code: "approximate_neighbors",
                    detail:
                        "Projected neighbours vote as the exact ones do for only \(Wording.percent(worst)) of a sample at "
                        + "one of the probes: depth may differ. Probes with \"neighbors\": \"exact\" would not."
                )
            )
        }
        if let cuts = table.groupCuts, cuts.rule != evidence.options.groupCuts {
            warnings.append(
                .init(
                    code: "quartiles_not_used",
                    detail:
                        "The first quartile of depth is not below the third on both axes of the map, so quartiles would not "
                        + "divide low from high: group uses the cuts \(cuts.heldout.low) and \(cuts.heldout.high) on both axes."
                )
            )
        }
        let planted = (0..<evidence.count).count { evidence.isPlanted($0) }
        if planted > 0 {
            warnings.append(
                .init(
                    code: "planted_labels",
                    detail:
                        "\(Wording.count(planted, "label")) of a copy were replaced by wrong ones, and the networks were trained on "
                        + "that copy: those examples are left out of all findings, and the others would be judged a little better "
                        + "by a job that plants nothing."
                )
            )
        }
        let unlabelled = evidence.labels.count { $0 < 0 }
        if unlabelled > 0 {
            warnings.append(
                .init(
                    code: "missing_labels",
                    detail: "\(Wording.count(unlabelled, "example")) without a label: scores that need one are null."
                )
            )
        }
        let never = evidence.labels.indices.filter { row in
            evidence.labels[row] >= 0 && evidence.members.allSatisfy { $0.heldOut[row] == 0 }
        }
        if !never.isEmpty, !evidence.spec.partial, !isOfThresholdSamples {
            warnings.append(
                .init(
                    code: "never_held_out",
                    detail:
                        "\(Wording.count(never.count, "example")) never held out: held-out scores are null. That is so "
                        + "for the only one of a class, when a budget is spent, and in a log that holds nothing out."
                )
            )
        }
        return warnings
    }

    /// What is to be said of the rounds of a plan that holds examples out.
    private var warningsOfRounds: [ScoreSummary.Warning] {
        var warnings: [ScoreSummary.Warning] = []
        if reliability.scores.isEmpty {
            warnings.append(
                .init(
                    code: "single_repeat",
                    detail:
                        "With fewer than two whole \(rounds) most held-out scores have no error bar and no reliability."
                )
            )
        }
        if let ratios = evidence.spec.ratios, ratios.count > 1, let least = ratios.first, let most = ratios.last {
            warnings.append(
                .init(
                    code: "several_train_ratios",
                    detail:
                        "Scores other than c_score, consistency_at_* and memorization are means over networks that trained "
                        + "on \(Wording.percent(least)) to \(Wording.percent(most)) of the examples; depth and label issues "
                        + "are better measured by folds, or by a single train ratio."
                )
            )
        }
        return warnings
    }

    /// What is to be said of threshold samples.
    private var warningsOfThresholds: [ScoreSummary.Warning] {
        guard let least = table.thresholds?.runs.map(\.samples).min(), least < ThresholdSummary.enough else {
            return []
        }
        return [
            .init(
                code: "few_threshold_samples",
                detail:
                    "A run has \(least) threshold samples: with fewer than \(ThresholdSummary.enough) the percentile is "
                    + "close to the largest of them, so one that is learned by chance lets aum_flagged mark too much."
            )
        ]
    }
}
