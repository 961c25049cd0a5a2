extension ScoreSummary {
    /// How well the scores find labels that this job planted itself (Difficulty/README.md section 8). All but the
    /// choice is measured on the half of the examples that had no part in it.
    public struct Calibration: Codable, Sendable, Hashable {
        /// Planted labels, of both halves.
        public var planted: Int
        /// Planted labels by which score and cut were chosen.
        public var plantedChoosing: Int
        /// Planted labels by which they were checked.
        public var plantedChecking: Int
        /// All examples of the checking half, planted ones among them.
        public var examplesChecking: Int
        /// Every score in which a wrong label shows, the best first; the baseline among them.
        public var scores: [CalibratedScore]
        /// The score that found the planted labels best in the choosing half, with its cut.
        @Nullable public var chosen: ChosenCut?
        /// Whether the chosen score finds planted labels better than `input_knn`, by average precision; nil without both.
        @Nullable public var beatsBaseline: Bool?
        /// What that means, in plain sentences.
        public var sentences: [String]

        enum CodingKeys: String, CodingKey {
            case planted, scores, chosen, sentences
            case plantedChoosing = "planted_choosing"
            case plantedChecking = "planted_checking"
            case examplesChecking = "examples_checking"
            case beatsBaseline = "beats_baseline"
        }
    }

    /// One score's quality as a detector of planted labels.
    public struct CalibratedScore: Codable, Sendable, Hashable {
        /// The score.
        public var score: String
        /// Whether it is the baseline that needs no training.
        public var isBaseline: Bool
        /// Area under the ROC curve, ties counting half.
        @Nullable public var auroc: Double?
        /// Average precision, equal values taken together.
        @Nullable public var averagePrecision: Double?
        /// Precision of as many of the most suspect examples as labels were planted.
        @Nullable public var precision: Double?
        /// Share of the planted labels among those.
        @Nullable public var recall: Double?

        enum CodingKeys: String, CodingKey {
            case score, auroc, precision, recall
            case isBaseline = "is_baseline"
            case averagePrecision = "average_precision"
        }
    }

    /// A cut through one score, and what it promises on the user's own labels.
    public struct ChosenCut: Codable, Sendable, Hashable {
        /// The score.
        public var score: String
        /// Examples from this value on are flagged.
        public var cut: Double
        /// Whether they are those above it.
        public var higherIsHarder: Bool
        /// Share of the planted labels that it flags.
        public var truePositiveRate: Rate
        /// Share of the other examples that it flags, real label errors among them.
        public var falsePositiveRate: Rate
        /// Share of wrong labels among the user's own, if they are as suspect as the planted ones (`NoiseRate`). Nil where
        /// too few of these are found.
        @Nullable public var noiseRate: Estimate?
        /// Share of wrong labels to expect among the user's own examples that it flags: noise rate times true positive
        /// rate, by the share that it flags. Its interval joins those of the two rates, which makes it wide. Nil where
        /// nothing is flagged, and without a noise rate.
        @Nullable public var expectedPrecision: Rate?
        /// The user's own examples that it flags, of both halves.
        public var flagged: Int

        enum CodingKeys: String, CodingKey {
            case score, cut, flagged
            case higherIsHarder = "higher_is_harder"
            case truePositiveRate = "true_positive_rate"
            case falsePositiveRate = "false_positive_rate"
            case noiseRate = "noise_rate"
            case expectedPrecision = "expected_precision"
        }
    }

    /// A share with its 95 % interval.
    public struct Rate: Codable, Sendable, Hashable {
        /// The share.
        @Nullable public var value: Double?
        /// Lower and upper bound.
        @Nullable public var interval: [Double]?
    }
}
