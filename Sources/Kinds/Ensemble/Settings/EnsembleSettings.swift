/// How many members there are and what each holds out. Members come in whole rounds: the folds of a repeat, or one run
/// of each train ratio.
public struct EnsembleSettings: Codable, Hashable, Sendable {
    /// The split plan.
    public var plan: EnsemblePlan
    /// Members of a round: K, the number of train ratios, that of the sets of a verification, or 1 where a round is a run of
    /// `threshold_samples`.
    public var parts: Int
    /// Rounds: R; where `until` is set, so far.
    public var rounds: Int
    /// When the job stops adding repeats; nil where R is fixed.
    public var until: ReliabilityTarget?
    /// The train ratios of `subsets`, ascending; nil for the other plans.
    public var ratios: [Double]?

    /// - Parameters:
    ///   - plan: the split plan
    ///   - parts: members of a round
    ///   - rounds: rounds
    ///   - ratios: the train ratios of `subsets`
    ///   - until: when the job stops adding repeats
    public init(
        plan: EnsemblePlan,
        parts: Int,
        rounds: Int,
        ratios: [Double]? = nil,
        until: ReliabilityTarget? = nil
    ) {
        self.until = until
        self.plan = plan
        self.parts = parts
        self.rounds = rounds
        self.ratios = ratios
    }

    // What jobs have said since the first version.
    enum CodingKeys: String, CodingKey {
        case plan
        case parts = "folds"
        case rounds = "repeats"
        case until, ratios
    }

    /// M: rounds of members.
    public var memberCount: Int { parts * rounds }
}

/// Which examples the members of a job hold out (Difficulty/README.md section 1, "Split plan").
public enum EnsemblePlan: String, Codable, Sendable, CaseIterable {
    /// Repeated stratified K-fold.
    case kfold
    /// Random stratified subsets at one or several train ratios.
    case subsets
    /// Two runs on all labelled training examples, some of which have a fake class in each: see `ThresholdSamples`.
    case thresholdSamples = "threshold_samples"
    /// Chosen sets: the verification of a pruning. No plan of a job of kind `difficulty`.
    case selection
}
