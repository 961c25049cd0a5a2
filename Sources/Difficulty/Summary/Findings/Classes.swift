extension ScoreSummary {
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
        /// Estimated label errors among them, from the confident joint, the networks' own mistakes among them; nil where the
        /// networks know too little to count.
        @Nullable public var estimatedLabelErrors: Double?

        enum CodingKeys: String, CodingKey {
            case label, n, consistency, issues
            case meanDepthHeldout = "mean_depth_heldout"
            case selfConfidence = "self_confidence"
            case estimatedLabelErrors = "estimated_label_errors"
        }
    }
}

extension SummaryBuilder {
    func classes(_ accuracy: ScoreSummary.Accuracy) -> [ScoreSummary.ClassSummary] {
        let isCounted = canCount(accuracy)
        var issueCounts = [Int](repeating: 0, count: evidence.classes)
        for issue in finder?.issues ?? [] { issueCounts[Int(evidence.labels[issue.row])] += 1 }
        var sizes = [Int](repeating: 0, count: evidence.classes)
        for label in evidence.data.ownLabels where label >= 0 { sizes[Int(label)] += 1 }
        let depth = classMeans("prediction_depth_heldout")
        let consistency = classMeans("consistency")
        let own = classMeans("self_confidence")
        return evidence.data.classNames.enumerated().map { index, name in
            .init(
                label: name,
                n: sizes[index],
                meanDepthHeldout: depth[index],
                consistency: consistency[index],
                selfConfidence: own[index],
                issues: issueCounts[index],
                estimatedLabelErrors: !isCounted
                    ? nil
                    : finder.map { finder in
                        Double(finder.joint.given[index]) * (finder.joint.errors(ofClass: index).value ?? 0)
                    }
            )
        }
    }

    private func classMeans(_ column: String) -> [Double?] {
        var sums = [Double](repeating: 0, count: evidence.classes)
        var counts = sums
        for (row, value) in (table.numbers(column) ?? []).enumerated() {
            let label = Int(evidence.unplantedLabels[row])
            guard !value.isNaN, label >= 0 else { continue }
            sums[label] += Double(value)
            counts[label] += 1
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / $1 : nil }
    }
}
