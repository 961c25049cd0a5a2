extension ScoreSummary {
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
}

extension SummaryBuilder {
    var accuracyByDepth: [ScoreSummary.DepthBin] {
        guard evidence.probes > 1, let depth = table.numbers("prediction_depth_heldout_filled"),
            let consistency = table.numbers("consistency"), let confidence = table.numbers("heldout_confidence")
        else { return [] }
        let last = evidence.probes - 1
        var right = [Double](repeating: 0, count: last + 1)
        var sure = right
        var counts = [Int](repeating: 0, count: last + 1)
        for row in depth.indices
        where !depth[row].isNaN && !consistency[row].isNaN && !evidence.data.isTest[row] && !evidence.isPlanted(row) {
            let bin = min(last, Int(depth[row]))
            counts[bin] += 1
            right[bin] += Double(consistency[row])
            sure[bin] += Double(confidence[row])
        }
        return counts.indices.map { bin in
            let share = Proportion(successes: right[bin], trials: Double(counts[bin]))
            return .init(
                from: Double(bin),
                to: Double(bin + 1),
                n: counts[bin],
                accuracy: share.value,
                interval: share.bounds,
                confidence: counts[bin] > 0 ? sure[bin] / Double(counts[bin]) : nil
            )
        }
    }
}
