import Experiments

/// How well a score is to repeat before a job stops adding repeats (Difficulty/README.md section 7).
public struct ReliabilityTarget: Codable, Hashable, Sendable {
    /// The job's `stop_reason` where the target was reached.
    static let reached = "reliability"
    /// The job's `stop_reason` where it was not, with all the repeats that there may be.
    static let exhausted = "max_repeats"
    /// Repeats that there may be where nothing is said.
    static let defaultMaxRepeats = 20
    /// Repeats that it begins with where nothing is said: two halves of whole repeats are compared.
    static let fewestRepeats = 2

    /// The score.
    public var score: String
    /// Rank correlation between halves made of whole repeats, stepped up to all of them (Spearman-Brown): above 0, below 1.
    public var reliability: Double
    /// R at most.
    public var maxRepeats: Int

    enum CodingKeys: String, CodingKey {
        case score, reliability
        case maxRepeats = "max_repeats"
    }

    /// Parameters are those of the properties.
    public init(score: String, reliability: Double, maxRepeats: Int) {
        self.score = score
        self.reliability = reliability
        self.maxRepeats = maxRepeats
    }

    /// What follows once all repeats so far are reduced.
    enum Decision: Hashable {
        /// One more repeat.
        case add
        /// The job ends, for this reason.
        case stop(String)
    }

    /// - Parameters:
    ///   - repeats: R so far
    ///   - measured: the score's reliability with them; nil where it has none, being the same for all examples
    ///   - folds: K
    ///   - maxMembers: members that the job's budget allows
    func decide(after repeats: Int, measured: Double?, folds: Int, maxMembers: Int?) -> Decision {
        if let measured, measured >= reliability { return .stop(Self.reached) }
        if repeats >= maxRepeats { return .stop(Self.exhausted) }
        // Whole repeats only: part of one would not count.
        if let maxMembers, folds * (repeats + 1) > maxMembers { return .stop(JobBudget.stopReason) }
        return .add
    }
}
