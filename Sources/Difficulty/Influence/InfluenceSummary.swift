/// What was made of influence in a job of random subsets, in its `summary.json`.
public struct InfluenceSummary: Codable, Sendable, Hashable {
    /// Why there is none; nil where there is.
    @Nullable public var needs: String?
    /// Networks that it rests on.
    public var members: Int
    /// Pairs of a training example and another one that were looked at: what a significant one is corrected for.
    public var pairs: Int
    /// Pairs among those listed that are significant.
    public var significant: Int
    /// The chance of even one wrong `significant` in the whole job.
    public var level: Double
}
