public import Difficulty

/// What a verification of pruning found, in `summary.json`.
public struct PruningSummary: Codable, Sendable, Hashable {
    /// The networks of one set.
    public struct TrainedSet: Codable, Sendable, Hashable {
        /// `full`, `kept` or `random`.
        public var set: String
        /// Share of the candidates in it.
        public var keep: Double
        /// Examples that its networks were trained on, on average over runs.
        @Nullable public var trainExamples: Double?
        /// Of each run in order; nil where its network is not there or did not learn.
        public var accuracies: [Double?]
        /// Mean over runs.
        @Nullable public var accuracy: Double?
        /// Of the mean: about retraining; nil below two runs.
        @Nullable public var standardError: Double?
        /// 95 % interval of the mean by Student's t.
        @Nullable public var interval: [Double]?

        enum CodingKeys: String, CodingKey {
            case set, keep, accuracies, accuracy, interval
            case trainExamples = "num_train"
            case standardError = "se"
        }
    }

    /// The mean difference of accuracy between two sets over runs of the same seed.
    public struct Difference: Codable, Sendable, Hashable {
        /// Share of the candidates that stayed.
        public var keep: Double
        /// `kept` or `random`.
        public var set: String
        /// `random` or `full`.
        public var minus: String
        /// Runs that have both.
        public var runs: Int
        /// The first's accuracy minus the second's.
        @Nullable public var difference: Double?
        /// Of the mean; nil below two runs.
        @Nullable public var standardError: Double?
        /// 95 % interval by Student's t.
        @Nullable public var interval: [Double]?

        enum CodingKeys: String, CodingKey {
            case keep, set, minus, runs, difference, interval
            case standardError = "se"
        }
    }

    /// Whether more members are to come.
    public var partial: Bool
    /// How many members these numbers rest on.
    public var members: ScoreSummary.Members
    /// What networks were judged on: `test`, the dataset's own test split, or `folds`, a held-out fifth of the training
    /// split, another in each run.
    public var evaluatedOn: String
    /// Examples that a run was judged on, on average.
    @Nullable public var evaluated: Double?
    /// All candidates first, then for each share that stayed the kept and the random set.
    public var sets: [TrainedSet]
    /// For each share: kept minus random, kept minus full, random minus full.
    public var differences: [Difference]

    enum CodingKeys: String, CodingKey {
        case partial, members, sets, differences
        case evaluatedOn = "evaluated_on"
        case evaluated = "num_evaluated"
    }
}
