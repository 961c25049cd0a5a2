extension ScoreSummary {
    /// How well one score repeats between halves of whole repeats.
    public struct ScoreReliability: Codable, Sendable, Hashable {
        /// Spearman's rho between the halves.
        @Nullable public var rho: Double?
        /// rho stepped up to all members.
        @Nullable public var spearmanBrown: Double?
        /// Overlap of the hardest 1 %.
        @Nullable public var top1: Double?
        /// Overlap of the hardest 5 %.
        @Nullable public var top5: Double?

        enum CodingKeys: String, CodingKey {
            case rho, top1, top5
            case spearmanBrown = "spearman_brown"
        }
    }
}

extension SummaryBuilder {
    /// By score.
    var reliabilityOfScores: [String: ScoreSummary.ScoreReliability] {
        reliability.scores.mapValues {
            .init(rho: $0.rho, spearmanBrown: $0.spearmanBrown, top1: $0.top1, top5: $0.top5)
        }
    }

    /// Rounds that are too few to be compared.
    var warningsOfReliability: [ScoreSummary.Warning] {
        guard reliability.scores.isEmpty else { return [] }
        return [
            .init(
                code: "single_repeat",
                detail:
                    "With fewer than two whole \(evidence.spec.plan.rounds) most held-out scores have no error bar and no "
                    + "reliability."
            )
        ]
    }
}
