extension ScoreSummary {
    /// Given class against the class that held-out networks believe in.
    public struct Confusion: Codable, Sendable, Hashable {
        /// The classes, in the order of rows and columns.
        public var labels: [String]
        /// Examples by given (row) and most probable (column) class; the diagonal agrees.
        public var suggested: [[Int]]
        /// Estimated true counts by given (row) and real (column) class: the calibrated confident joint.
        public var estimated: [[Double]]
    }
}

extension SummaryBuilder {
    /// Larger matrices are no use to a reader and megabytes to a browser.
    private static let mostConfusionClasses = 100

    var confusion: ScoreSummary.Confusion? {
        guard let finder, let suggested = table.codes("suggested_label"), let own = table.numbers("self_confidence"),
            evidence.classes <= Self.mostConfusionClasses
        else { return nil }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: evidence.classes), count: evidence.classes)
        for row in own.indices where !own[row].isNaN && !evidence.isPlanted(row) {
            let given = Int(evidence.labels[row])
            counts[given][suggested[row] >= 0 ? Int(suggested[row]) : given] += 1
        }
        let estimated = (0..<evidence.classes).map { given in
            (0..<evidence.classes).map { finder.joint.estimate(given: given, really: $0) }
        }
        return .init(labels: evidence.data.classNames, suggested: counts, estimated: estimated)
    }
}
