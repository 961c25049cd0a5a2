/// What a verification of pruning compares: networks trained on all candidates, on those that a rule keeps, and on as many
/// by lot, with the same seeds.
public struct PruningSettings: Codable, Hashable, Sendable {
    /// The job whose scores choose.
    public var job: String
    /// The revision of its columns.
    public var revision: Int
    /// How examples are chosen.
    public var rule: Pruning.Rule
    /// Labelled examples of the training split.
    public var candidates: Int
    /// How many of them stay, one for each pair of a kept and a random set.
    public var counts: [Int]
    /// Whether networks are judged on the data set's own test examples; otherwise run r holds fold r of five out, and sets
    /// are chosen from the rest.
    public var hasTestSplit: Bool

    enum CodingKeys: String, CodingKey {
        case job, revision, rule, candidates, counts
        case hasTestSplit = "has_test_split"
    }

    /// Folds where there is no test split.
    static let folds = 5

    /// Members of a run: one of all candidates, a kept and a random set for each count.
    var setsPerRun: Int { 1 + 2 * counts.count }

    /// What the member at a place of a run trains on, and the share of the candidates that is.
    func set(_ place: Int) -> (name: String, keep: Double) {
        guard place > 0 else { return ("full", 1) }
        return (
            place % 2 == 1 ? "kept" : "random", Double(counts[(place - 1) / 2]) / Double(max(1, candidates))
        )
    }

    /// Share of the candidates that the members hold out, on average.
    var heldOutShare: Double {
        let kept = counts.reduce(Double(candidates)) { $0 + 2 * Double($1) }
        return 1 - kept / Double(setsPerRun * max(1, candidates))
    }
}
