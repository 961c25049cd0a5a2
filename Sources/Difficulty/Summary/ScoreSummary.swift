import Tasks

/// What a whole job's scores say, in `summary.json`: the last file of a revision, so its presence proves the others.
public struct ScoreSummary: Codable, Sendable, Hashable {
    /// How many members these numbers rest on.
    public struct Members: Codable, Sendable, Hashable {
        /// M of the plan.
        public var total: Int
        /// Members reduced here.
        public var used: Int
        /// Members left out because they did not learn.
        public var excluded: Int

        /// Parameters are those of the properties.
        public init(total: Int, used: Int, excluded: Int) {
            self.total = total
            self.used = used
            self.excluded = excluded
        }
    }

    /// Something a reader of the scores must know.
    public struct Warning: Codable, Sendable, Hashable {
        /// A stable name.
        public var code: String
        /// A plain sentence.
        public var detail: String
    }

    /// Whether more members are to come.
    public var partial: Bool
    /// Nil, and absent, where the members are whole.
    public var preview: ScoreSpec.Preview?
    /// The members behind it.
    public var members: Members
    /// How the evidence was made.
    public var evidence: Evidence
    /// The epoch of label quality; nil without snapshots.
    @Nullable public var tStar: JudgedEpoch?
    /// Accuracies.
    public var accuracy: Accuracy
    /// By train ratio, ascending; nil, and absent, where members are folds.
    public var accuracyByTrainRatio: [RatioAccuracy]?
    /// Mean final training accuracy over members.
    @Nullable public var fit: Double?
    /// Whether `fit` is below 0.99, so that training depth means little.
    public var notInterpolated: Bool
    /// The verdict that heads everything.
    public var trust: Trust
    /// By score.
    public var histograms: [String: Histogram]
    /// From shallow to deep; empty without probes.
    public var accuracyByDepth: [DepthBin]
    /// From the input to the softmax; empty without probes.
    public var probeAccuracy: [ProbeAccuracy]
    /// What the votes of a middle layer would gain; nil without probes between input and output.
    @Nullable public var middleLayers: MiddleLayers?
    /// Share of pairs of example and member whose depth is undefined; nil without probes.
    @Nullable public var undefinedDepth: UndefinedDepth?
    /// By class.
    public var depthByClass: [ClassSummary]
    /// Examples in each group of the map.
    public var groups: [String: Int]
    /// Where low and high depths of the map begin; nil, and absent, without probes and in summaries of earlier versions.
    public var groupCuts: GroupCuts?
    /// Nil without held-out probabilities, and above 100 classes.
    @Nullable public var confusion: Confusion?
    /// Between all scores that have a direction.
    public var correlations: Correlations
    /// By score; empty below two repeats.
    public var reliability: [String: ScoreReliability]
    /// Nil without held-out probabilities.
    @Nullable public var issues: Issues?
    /// Nil where it was not asked for or cannot be computed.
    @Nullable public var baseline: Baseline?
    /// Nil where the job planted no labels.
    @Nullable public var calibration: Calibration?
    /// Nil where no member recorded them.
    @Nullable public var learningCurves: LearningCurves?
    /// Scores that this evidence does not allow.
    public var notComputed: [MissingScore]
    /// Of the plan `threshold_samples`: thresholds and flags; nil, and absent, for other plans.
    public var thresholdSamples: ThresholdSummary?
    /// Of random subsets: whether there is influence; nil, and absent, where members are folds.
    public var influence: InfluenceSummary?
    /// Seconds by phase, summed over members; `score` is this reduction.
    public var timings: [String: Double]
    /// What a reader must know.
    public var warnings: [Warning]

    enum CodingKeys: String, CodingKey {
        case partial, preview, members, evidence, accuracy, fit, trust, histograms, groups, confusion, correlations,
            reliability
        case issues, baseline, calibration, influence, timings, warnings
        case tStar = "t_star"
        case notInterpolated = "not_interpolated"
        case accuracyByTrainRatio = "accuracy_by_train_ratio"
        case groupCuts = "group_cuts"
        case accuracyByDepth = "accuracy_by_depth"
        case probeAccuracy = "probe_accuracy"
        case middleLayers = "middle_layers"
        case undefinedDepth = "undefined_depth"
        case depthByClass = "depth_by_class"
        case learningCurves = "learning_curves"
        case notComputed = "not_computed"
        case thresholdSamples = "threshold_samples"
    }
}

extension Proportion {
    /// The interval as the API writes it.
    var bounds: [Double]? { interval.map { [$0.low, $0.high] } }
}
