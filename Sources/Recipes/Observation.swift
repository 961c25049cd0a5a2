/// When training examples are observed (Difficulty/README.md section 1).
public enum Observation: String, Codable, Sendable, CaseIterable {
    /// At their presentation, before the update (Toneva 2019).
    case presentation
    /// In an evaluation pass at the end of each epoch.
    case evaluation
}
