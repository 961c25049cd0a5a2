import Tasks

extension ScoreSummary {
    /// Shares of right predictions of the networks of one train ratio, as in `Accuracy`.
    public struct RatioAccuracy: Codable, Sendable, Hashable {
        /// s.
        public var trainRatio: Double
        /// Members of it.
        public var members: Int
        /// On training-split examples that they never saw.
        @Nullable public var heldout: Double?
        /// Wilson 95 % interval of it, over examples.
        @Nullable public var heldoutInterval: [Double]?
        /// On the dataset's own test split; nil without one.
        @Nullable public var test: Double?
        /// Wilson 95 % interval of it.
        @Nullable public var testInterval: [Double]?
        /// Mean final training accuracy.
        @Nullable public var fit: Double?

        enum CodingKeys: String, CodingKey {
            case members, heldout, test, fit
            case trainRatio = "train_ratio"
            case heldoutInterval = "heldout_interval"
            case testInterval = "test_interval"
        }
    }
}

extension SummaryBuilder {
    var accuracyByTrainRatio: [ScoreSummary.RatioAccuracy]? {
        evidence.spec.ratios?.enumerated().map { place, ratio in
            let column = ScoreManifest.consistencyColumn(at: ratio)
            let heldOut = meanConsistency(column) { !evidence.data.isTest[$0] }
            let test = meanConsistency(column) { evidence.data.isTest[$0] }
            let members = evidence.members.filter { $0.part == place }
            let fits = members.compactMap { $0.manifest.result.fit }
            return .init(
                trainRatio: ratio,
                members: members.count,
                heldout: heldOut.value,
                heldoutInterval: heldOut.bounds,
                test: test.value,
                testInterval: test.bounds,
                fit: fits.isEmpty ? nil : fits.reduce(0, +) / Double(fits.count)
            )
        }
    }

    /// Networks that trained on unequal shares are averaged.
    var warningsOfTrainRatios: [ScoreSummary.Warning] {
        guard let ratios = evidence.spec.ratios, ratios.count > 1, let least = ratios.first, let most = ratios.last
        else {
            return []
        }
        return [
            .init(
                code: "several_train_ratios",
                detail:
                    "Scores other than c_score, consistency_at_* and memorization are means over networks that trained "
                    + "on \(Wording.percent(least)) to \(Wording.percent(most)) of the examples; depth and label issues "
                    + "are better measured by folds, or by a single train ratio."
            )
        ]
    }
}
