import Arrays

extension ScoreSummary {
    /// Undefined depths in shares.
    public struct UndefinedDepth: Codable, Sendable, Hashable {
        /// Of held-out pairs.
        @Nullable public var heldout: Double?
        /// Of training pairs.
        @Nullable public var train: Double?
    }
}

extension SummaryBuilder {
    var undefinedDepth: ScoreSummary.UndefinedDepth? {
        func share(_ kind: String) -> Double? {
            guard let part = table.numbers("prediction_depth_\(kind)_undefined"),
                let defined = table.numbers("prediction_depth_\(kind)_n")
            else { return nil }
            var (missing, all) = (0.0, 0.0)
            for row in part.indices where !part[row].isNaN {
                // part = undefined / (undefined + defined)
                let total = part[row] < 1 ? Double(defined[row]) / (1 - Double(part[row])) : memberCount(row, kind)
                missing += total - Double(defined[row])
                all += total
            }
            return all > 0 ? missing / all : nil
        }
        guard evidence.probes > 0, table["prediction_depth_heldout"] != nil else { return nil }
        return .init(heldout: share("heldout"), train: share("train"))
    }

    private func memberCount(_ row: Int, _ kind: String) -> Double {
        Double(evidence.members.count { ($0.heldOut[row] != 0) == (kind == "heldout") })
    }
}
