extension ScoreSummary {
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
        /// Held-out accuracy above the majority class as a share of what the labels permit, 0 to 1.
        @Nullable public var skill: Double?
        /// As in `accuracy`.
        @Nullable public var heldoutBalanced: Double?
        /// As in `accuracy`.
        @Nullable public var heldoutAUC: Double?
        /// Mean final training accuracy.
        @Nullable public var fit: Double?
        /// Reliability (Spearman-Brown) of `issue_score`, the order of the issue list.
        @Nullable public var reliability: Double?
        /// Overlap of the top 5 % of `issue_score` between halves.
        @Nullable public var top5: Double?
        /// What speaks against trust, and what would help; plain sentences.
        public var reasons: [String]

        enum CodingKeys: String, CodingKey {
            case level, skill, fit, reliability, top5, reasons
            case heldoutAccuracy = "heldout_accuracy"
            case heldoutBalanced = "heldout_balanced"
            case heldoutAUC = "heldout_auc"
            case majorityClass = "majority_class"
            case inputKNNAccuracy = "input_knn_accuracy"
        }
    }
}

extension SummaryBuilder {
    /// Labelled examples of the training split, without those that the job planted.
    private var labelledTraining: Int {
        evidence.unplantedLabels.indices.count { evidence.unplantedLabels[$0] >= 0 && !evidence.data.isTest[$0] }
    }

    /// The verdict that heads everything.
    func trust(
        _ accuracy: ScoreSummary.Accuracy,
        fit: Double?,
        _ members: ScoreSummary.Members,
        _ issues: ScoreSummary.Issues?,
        _ calibration: ScoreSummary.Calibration?
    ) -> ScoreSummary.Trust {
        let verdict =
            learnedFakeClass
            ? TrustVerdict(thresholds: table.thresholds, of: members)
            : TrustVerdict(
                accuracy: accuracy,
                skill: skill(accuracy),
                fit: fit,
                reliability: reliability,
                members: members,
                rounds: evidence.spec.plan.rounds,
                isOfHeads: isOfHeads,
                wrongShare: issues?.estimatedLabelErrors.map { $0.value / Double(max(1, labelledTraining)) },
                discrimination: discrimination,
                calibration: calibration,
                preview: evidence.spec.preview,
                leaks: evidence.spec.leaks ?? []
            )
        let order = reliability.scores["issue_score"]
        return .init(
            level: verdict.level.name,
            heldoutAccuracy: accuracy.heldout,
            majorityClass: accuracy.majorityClass,
            inputKNNAccuracy: accuracy.inputKNN,
            skill: learnedFakeClass ? nil : skill(accuracy),
            heldoutBalanced: accuracy.heldoutBalanced,
            heldoutAUC: accuracy.heldoutAUC,
            fit: fit,
            reliability: order?.spearmanBrown,
            top5: order?.top5,
            reasons: verdict.reasons
        )
    }
}
