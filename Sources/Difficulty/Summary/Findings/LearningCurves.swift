extension ScoreSummary {
    /// Means over members, by epoch.
    public struct LearningCurves: Codable, Sendable, Hashable {
        /// 1..T.
        public var epoch: [Int]
        /// Share of right observations of training examples.
        public var trainAccuracy: [Double?]
        /// Share of right predictions of held-out examples.
        public var heldoutAccuracy: [Double?]
        /// Mean cross-entropy of training examples, in nats.
        public var trainLoss: [Double?]
        /// Mean cross-entropy of held-out examples, in nats.
        public var heldoutLoss: [Double?]

        enum CodingKeys: String, CodingKey {
            case epoch
            case trainAccuracy = "train_accuracy"
            case heldoutAccuracy = "heldout_accuracy"
            case trainLoss = "train_loss"
            case heldoutLoss = "heldout_loss"
        }
    }
}

extension SummaryBuilder {
    /// Networks that do not fit what they were trained on.
    ///
    /// - Parameter fit: nil where they do
    func warningsOfFit(_ fit: Double?, _ curves: ScoreSummary.LearningCurves?) -> [ScoreSummary.Warning] {
        guard let fit else { return [] }
        let more = LearningCurveMean.epochsToFit(curves?.trainAccuracy.compactMap { $0 } ?? [])
        let advice =
            isOfHeads
            ? "Heads on a pretrained network are trained briefly, so that they do not memorise wrong labels."
            : more.map { "At the present pace about \($0) epochs would reach 0.99." }
                ?? "More epochs alone will hardly do; a larger model or learning rate might."
        return [
            .init(
                code: "not_interpolated",
                detail:
                    "The networks fit \(Wording.decimalBelow(fit)) of their training labels, so depth in training says "
                    + "little. \(advice)"
            )
        ]
    }
}
