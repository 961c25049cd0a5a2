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

    /// How the evidence was made.
    public struct Evidence: Codable, Sendable, Hashable {
        /// N.
        public var examples: Int
        /// Examples without a label.
        public var unlabelled: Int
        /// C.
        public var classes: Int
        /// T.
        public var epochs: Int
        /// P.
        public var probes: Int
        /// Neighbours that vote.
        public var k: Int
        /// `presentation` (before the update) or `evaluation` (end of the epoch); nil where the evidence does not say.
        @Nullable public var observe: String?
    }

    /// The epochs over whose mean label quality is judged.
    public struct JudgedEpoch: Codable, Sendable, Hashable {
        /// The last of them, t*, from 1.
        public var epoch: Int
        /// The first of them.
        public var fromEpoch: Int
        /// The snapshots' epochs.
        public var epochs: [Int]
        /// Mean held-out cross-entropy at each, in nats.
        public var heldoutLoss: [Double]

        enum CodingKeys: String, CodingKey {
            case epoch, epochs
            case fromEpoch = "from_epoch"
            case heldoutLoss = "heldout_loss"
        }
    }

    /// Shares of right predictions. Each example counts once, with the mean over its members.
    public struct Accuracy: Codable, Sendable, Hashable {
        /// Finished networks on training-split examples that they never saw.
        @Nullable public var heldout: Double?
        /// Wilson 95 % interval of it, over examples.
        @Nullable public var heldoutInterval: [Double]?
        /// The same on the dataset's own test split; nil without one.
        @Nullable public var test: Double?
        /// Wilson 95 % interval of it.
        @Nullable public var testInterval: [Double]?
        /// Finished networks on the examples that they were trained on.
        @Nullable public var train: Double?
        /// Always answering the most frequent class.
        @Nullable public var majorityClass: Double?
        /// The vote of the k nearest neighbours in input space, held out.
        @Nullable public var inputKNN: Double?

        enum CodingKeys: String, CodingKey {
            case heldout, test, train
            case heldoutInterval = "heldout_interval"
            case testInterval = "test_interval"
            case majorityClass = "majority_class"
            case inputKNN = "input_knn"
        }
    }

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

    /// How far the scores can be trusted.
    public struct Trust: Codable, Sendable, Hashable {
        /// `good`, `weak` or `poor`.
        public var level: String
        /// As in `accuracy`.
        @Nullable public var heldoutAccuracy: Double?
        /// As in `accuracy`.
        @Nullable public var majorityClass: Double?
        /// As in `accuracy`.
        @Nullable public var inputKNNAccuracy: Double?
        /// Mean final training accuracy.
        @Nullable public var fit: Double?
        /// Reliability (Spearman-Brown) of `issue_score`, the order of the issue list.
        @Nullable public var reliability: Double?
        /// Overlap of the top 5 % of `issue_score` between halves.
        @Nullable public var top5: Double?
        /// What speaks against trust, and what would help; plain sentences.
        public var reasons: [String]

        enum CodingKeys: String, CodingKey {
            case level, fit, reliability, top5, reasons
            case heldoutAccuracy = "heldout_accuracy"
            case majorityClass = "majority_class"
            case inputKNNAccuracy = "input_knn_accuracy"
        }
    }

    /// Held-out accuracy of the examples of one range of held-out depth.
    public struct DepthBin: Codable, Sendable, Hashable {
        /// From this depth ...
        public var from: Double
        /// ... to below this one; the last range includes its end. Undefined depths count as P (`_filled`).
        public var to: Double
        /// Labelled training-split examples in it.
        public var n: Int
        /// Their mean consistency.
        @Nullable public var accuracy: Double?
        /// Wilson 95 % interval over examples.
        @Nullable public var interval: [Double]?
        /// Their mean held-out confidence.
        @Nullable public var confidence: Double?
    }

    /// Accuracy of the neighbours' vote at one probe, over pairs of example and member.
    public struct ProbeAccuracy: Codable, Sendable, Hashable {
        /// l.
        public var probe: Int
        /// The layer.
        public var name: String
        /// Against the given labels of held-out training-split examples.
        @Nullable public var heldout: Double?
        /// Against the given labels of training examples.
        @Nullable public var train: Double?
        /// Share of held-out examples, test split included, whose vote at this probe is the network's own answer.
        @Nullable public var agreement: Double?
        /// With `projected` neighbours: share of a sample of the examples whose vote is that of the exact neighbours, mean
        /// over members; nil where the search was exact.
        @Nullable public var projectedVotes: Double?
        /// The same for the share of exact neighbours that were found.
        @Nullable public var projectedNeighbors: Double?

        enum CodingKeys: String, CodingKey {
            case probe, name, heldout, train, agreement
            case projectedVotes = "projected_votes"
            case projectedNeighbors = "projected_neighbors"
        }
    }

    /// One class.
    public struct ClassSummary: Codable, Sendable, Hashable {
        /// The class.
        public var label: String
        /// Examples with this label.
        public var n: Int
        /// Mean over those with a value.
        @Nullable public var meanDepthHeldout: Double?
        /// Mean over those with a value.
        @Nullable public var consistency: Double?
        /// Mean over those with a value.
        @Nullable public var selfConfidence: Double?
        /// Issues of every type.
        public var issues: Int
        /// Estimated label errors among them, from the confident joint.
        @Nullable public var estimatedLabelErrors: Double?

        enum CodingKeys: String, CodingKey {
            case label, n, consistency, issues
            case meanDepthHeldout = "mean_depth_heldout"
            case selfConfidence = "self_confidence"
            case estimatedLabelErrors = "estimated_label_errors"
        }
    }

    /// Given class against the class that held-out networks believe in.
    public struct Confusion: Codable, Sendable, Hashable {
        /// The classes, in the order of rows and columns.
        public var labels: [String]
        /// Examples by given (row) and most probable (column) class; the diagonal agrees.
        public var suggested: [[Int]]
        /// Estimated true counts by given (row) and real (column) class: the calibrated confident joint.
        public var estimated: [[Double]]
    }

    /// Rank correlations between scores.
    public struct Correlations: Codable, Sendable, Hashable {
        /// The scores.
        public var names: [String]
        /// Spearman's rho over examples with both values; nil where one of them is constant.
        public var rho: [[Double?]]
    }

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

    /// A number with its 95 % interval.
    public struct Estimate: Codable, Sendable, Hashable {
        /// The number.
        public var value: Double
        /// Lower and upper bound.
        public var interval: [Double]
    }

    /// The list of suspects in numbers.
    public struct Issues: Codable, Sendable, Hashable {
        /// Entries of the list.
        public var total: Int
        /// Entries by type.
        public var byType: [String: Int]
        /// Label errors in the whole dataset, from the calibrated confident joint.
        @Nullable public var estimatedLabelErrors: Estimate?
        /// What checking the list from the top can be expected to find.
        public var reviewCurve: [ReviewPoint]

        enum CodingKeys: String, CodingKey {
            case total
            case byType = "by_type"
            case estimatedLabelErrors = "estimated_label_errors"
            case reviewCurve = "review_curve"
        }
    }

    /// "Check the first n: expect m errors, between lo and hi."
    public struct ReviewPoint: Codable, Sendable, Hashable {
        /// Entries of the list that are checked.
        public var first: Int
        /// Errors expected among them.
        public var expected: Double
        /// Lower bound.
        public var lo: Double
        /// Upper bound.
        public var hi: Double
    }

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

    /// A score that the evidence does not allow.
    public struct MissingScore: Codable, Sendable, Hashable {
        /// The score.
        public var score: String
        /// Evidence arrays that are not there, or `held_out` where it does not say what the score is about.
        public var needs: [String]
        /// What a training log has to hold for it, in a plain sentence.
        public var detail: String
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

    /// Undefined depths in shares.
    public struct UndefinedDepth: Codable, Sendable, Hashable {
        /// Of held-out pairs.
        @Nullable public var heldout: Double?
        /// Of training pairs.
        @Nullable public var train: Double?
    }

    enum CodingKeys: String, CodingKey {
        case partial, members, evidence, accuracy, fit, trust, histograms, groups, confusion, correlations, reliability
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

extension ScoreSummary.JudgedEpoch {
    /// Summaries from before runs of epochs were averaged name one epoch.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try values.decode(Int.self, forKey: .epoch)
        fromEpoch = try values.decodeIfPresent(Int.self, forKey: .fromEpoch) ?? epoch
        epochs = try values.decode([Int].self, forKey: .epochs)
        heldoutLoss = try values.decode([Double].self, forKey: .heldoutLoss)
    }
}

extension Proportion {
    /// The interval as the API writes it.
    var bounds: [Double]? { interval.map { [$0.low, $0.high] } }
}
