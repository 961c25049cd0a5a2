extension ScoreSummary {
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
        /// Label errors in the whole dataset, from what the networks are surest of (`HeldOutConfidence`); nil where
        /// the networks know too little to count.
        @Nullable public var estimatedLabelErrors: Estimate?
        /// The confident joint as Northcutt et al. (2021) have it: what the networks do not know is counted as errors of the labels.
        @Nullable public var confidentJoint: Estimate?
        /// What checking the list from the top can be expected to find; empty where the networks know too little.
        public var reviewCurve: [ReviewPoint]

        enum CodingKeys: String, CodingKey {
            case total
            case byType = "by_type"
            case estimatedLabelErrors = "estimated_label_errors"
            case confidentJoint = "confident_joint"
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
}

extension SummaryBuilder {
    func issues(_ accuracy: ScoreSummary.Accuracy) -> ScoreSummary.Issues? {
        guard let finder, let curve else { return nil }
        let isCounted = canCount(accuracy)
        let errors = finder.joint.estimatedErrors
        let stated = confidence?.wrongLabels ?? errors
        let kinds = IssueKind.allCases.map { kind in (kind.name, finder.issues.count { $0.kind == kind }) }
        return .init(
            total: finder.issues.count,
            byType: Dictionary(uniqueKeysWithValues: kinds),
            estimatedLabelErrors: isCounted
                ? .init(value: stated.value, interval: [stated.low, stated.high]) : nil,
            confidentJoint: .init(value: errors.value, interval: [errors.low, errors.high]),
            reviewCurve: !isCounted
                ? []
                : curve.points(along: finder.issues.map(\.row)).map {
                    .init(first: $0.first, expected: $0.expected, lo: $0.low, hi: $0.high)
                }
        )
    }
}
