import EnsembleKind
import Foundation

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
    /// Whether networks are judged on the dataset's own test examples; otherwise run r holds fold r of five out, and sets
    /// are chosen from the rest.
    public var hasTestSplit: Bool

    enum CodingKeys: String, CodingKey {
        case job, revision, rule, candidates, counts
        case hasTestSplit = "has_test_split"
    }

    /// Parameters are those of the properties.
    init(job: String, revision: Int, rule: Pruning.Rule, candidates: Int, counts: [Int], hasTestSplit: Bool) {
        self.job = job
        self.revision = revision
        self.rule = rule
        self.candidates = candidates
        self.counts = counts
        self.hasTestSplit = hasTestSplit
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

/// Everything that a job of kind `pruning` runs with. Its JSON is flat: how its members are trained stands beside what is
/// compared.
struct PruningJobSettings: Codable, Sendable {
    /// How its members are trained: as those of the job whose scores choose.
    var training: DifficultySettings
    /// What is compared.
    var pruning: PruningSettings

    private enum CodingKeys: String, CodingKey {
        case pruning
    }

    init(training: DifficultySettings, pruning: PruningSettings) {
        self.training = training
        self.pruning = pruning
    }

    init(from decoder: any Decoder) throws {
        training = try DifficultySettings(from: decoder)
        pruning = try decoder.container(keyedBy: CodingKeys.self).decode(PruningSettings.self, forKey: .pruning)
    }

    func encode(to encoder: any Encoder) throws {
        try training.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(pruning, forKey: .pruning)
    }

    /// Reads what the store keeps.
    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }
}
