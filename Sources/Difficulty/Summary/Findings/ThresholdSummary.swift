/// What threshold samples say of a whole job (Pleiss et al. 2020, section 3.2).
public struct ThresholdSummary: Codable, Sendable, Hashable {
    /// One run: a network with threshold samples of its own.
    public struct Run: Codable, Sendable, Hashable {
        /// Its place in the plan, from 0.
        public var run: Int
        /// Its threshold samples.
        public var samples: Int
        /// In logits: the percentile of their area under the margin with the fake class.
        public var threshold: Double
    }

    /// Samples of a run from which on one of a hundred is above the threshold.
    static let enough = 100

    /// The percentile as a share, 0.99.
    public var percentile: Double
    /// The runs that are behind these numbers.
    public var runs: [Run]
    /// Examples that keep their label in one of them at least.
    public var judged: Int
    /// Those of them whose `aum_flagged` is 1.
    public var flagged: Int
}

extension SummaryBuilder {
    /// Threshold samples that are few.
    var warningsOfThresholds: [ScoreSummary.Warning] {
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
