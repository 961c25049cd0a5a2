public import Difficulty
public import Recipes

/// Everything that a job of kind `difficulty` runs with, resolved and echoed: nothing is left to a default.
public struct DifficultySettings: Codable, Hashable, Sendable {
    /// The pretrained network that pictures go through first; nil: none.
    public var backbone: Backbone?
    /// The network, which with a backbone is the head that is trained on its embeddings.
    public var model: ModelSettings
    /// How members are trained.
    public var training: TrainingSettings
    /// In which way they are trained on this machine, and why; nil in jobs from before that was measured. No part of the members,
    /// which have the way in `training`.
    public var machine: PathChoice?
    /// How many there are.
    public var ensemble: EnsembleSettings
    /// How the probes vote.
    public var probes: ProbeSettings
    /// When training examples are observed.
    public var observe: Observation
    /// Deviations from the scores' default conventions; nil: none. No part of the members.
    public var scoreOptions: ScoreOptions?
    /// The wrong labels that it plants to measure its scores; nil where it plants none.
    public var plant: PlantSettings?
}
