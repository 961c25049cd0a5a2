import Arrays

extension ScoreSummary {
    /// The baseline that needs no training.
    public struct Baseline: Codable, Sendable, Hashable {
        /// `input_knn`.
        public var name: String
        /// Accuracy of its vote.
        @Nullable public var accuracy: Double?
        /// Spearman's rho of its score with `issue_score`.
        @Nullable public var rho: Double?
        /// Overlap of the top 1 % of both.
        @Nullable public var top1: Double?
        /// Overlap of the top 5 % of both.
        @Nullable public var top5: Double?
        /// What that means.
        public var sentence: String
    }
}

extension SummaryBuilder {
    func baseline(_ accuracy: ScoreSummary.Accuracy) -> ScoreSummary.Baseline? {
        guard let neighbors = table.numbers("input_knn").map(evidence.unplanted) else { return nil }
        let score = table.numbers("issue_score").map(evidence.unplanted)
        let sentence =
            if let own = accuracy.heldout, let other = accuracy.inputKNN {
                "Without any training the nearest neighbours in input space reach accuracy \(Wording.decimal(other)), the "
                    + "networks \(Wording.decimal(own))."
            } else {
                "The nearest neighbours in input space need no training."
            }
        return .init(
            name: "input_knn",
            accuracy: accuracy.inputKNN,
            rho: score.flatMap { Ranks.spearman(neighbors, $0) },
            top1: score.flatMap { Ranks.overlap(neighbors, $0, share: 0.01, largest: true) },
            top5: score.flatMap { Ranks.overlap(neighbors, $0, share: 0.05, largest: true) },
            sentence: sentence
        )
    }
}
