import Tasks

/// Where the two-dimensional map divides low from high depths (Baldock et al. 2021, section 5), in shares of the layers:
/// a mean depth over P-1, from 0 to a little above 1.
public struct GroupCuts: Codable, Sendable, Hashable {
    /// Where the cuts come from.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// `group_low` and `group_high` on both axes.
        case fixed
        /// The first and third quartile of each axis over the examples of the job.
        case quartiles
    }

    /// The two cuts of one axis.
    public struct Axis: Codable, Sendable, Hashable {
        /// At or below it a depth is low.
        public var low: Double
        /// At or above it a depth is high.
        public var high: Double
    }

    /// The rule that these cuts follow: `fixed` too where quartiles were asked for but do not divide an axis.
    public var rule: Rule
    /// Of held-out depth.
    public var heldout: Axis
    /// Of depth in training.
    public var train: Axis

    /// The same cuts on both axes.
    init(fixed low: Double, _ high: Double) {
        rule = .fixed
        heldout = Axis(low: low, high: high)
        train = heldout
    }

    /// The quartiles of each axis; nil where the two of an axis are equal, as they are where networks have few layers, and
    /// so would not divide low from high.
    ///
    /// - Parameters:
    ///   - heldout: held-out depths as shares of the layers, in any order
    ///   - train: depths in training
    init?(quartilesOf heldout: [Double], _ train: [Double]) {
        guard let x = Axis(quartilesOf: heldout), let y = Axis(quartilesOf: train) else { return nil }
        (rule, self.heldout, self.train) = (.quartiles, x, y)
    }
}

extension GroupCuts.Axis {
    fileprivate init?(quartilesOf depths: [Double]) {
        guard !depths.isEmpty else { return nil }
        let sorted = depths.sorted()
        let (first, third) = (Quantile.of(sorted, at: 0.25), Quantile.of(sorted, at: 0.75))
        // Means of whole layers that are equal but for the rounding of their sums do not divide anything.
        guard third - first > 1e-9 else { return nil }
        (low, high) = (first, third)
    }
}
