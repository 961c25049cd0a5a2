extension ScoreSummary {
    /// Rank correlations between scores.
    public struct Correlations: Codable, Sendable, Hashable {
        /// The scores.
        public var names: [String]
        /// Spearman's rho over examples with both values; nil where one of them is constant.
        public var rho: [[Double?]]
    }
}

extension SummaryBuilder {
    var correlations: ScoreSummary.Correlations {
        let columns = scores.compactMap { score in
            table.numbers(score.name).map { (score.name, evidence.unplanted($0)) }
        }
        return .init(names: columns.map(\.0), rho: RankMatrix(columns.map(\.1)).spearman())
    }
}
