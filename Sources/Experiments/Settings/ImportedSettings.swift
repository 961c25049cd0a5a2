public import Difficulty

/// What is known of a training that this program did not do.
public struct ImportedSettings: Codable, Hashable, Sendable {
    /// What the log was: `npz` or `cartography`.
    public var format: String
    /// Names of the layers, the first that was given first; empty without layers.
    public var probeNames: [String]
    /// When training examples were observed, where the sender said so.
    public var observe: Observation?
    /// What a reader of the scores must know of the log.
    public var notes: [ImportedEvidence.Note]

    enum CodingKeys: String, CodingKey {
        case format, observe, notes
        case probeNames = "probe_names"
    }
}

extension JobSettings {
    /// The name of the model of such a job.
    public static let importedName = "imported"

    /// Those of a training log.
    init(_ log: ImportedEvidence) {
        self.init(
            model: ModelSettings(name: Self.importedName),
            training: TrainingSettings(
                epochs: log.epochs,
                batchSize: 0,
                learningRate: 0,
                momentum: 0,
                schedule: .constant,
                warmupFraction: 0,
                weightDecay: 0,
                stepFactor: 0,
                // Nobody knows; like the zeros it is never shown.
                precision: .f32,
                seed: 0
            ),
            ensemble: EnsembleSettings(plan: .imported, folds: log.folds, repeats: log.repeats),
            probes: ProbeSettings(k: log.k, neighbors: .exact),
            observe: log.observe.flatMap(Observation.init(rawValue:)) ?? .evaluation,
            imported: ImportedSettings(
                format: log.format,
                probeNames: log.probeNames,
                observe: log.observe.flatMap(Observation.init(rawValue:)),
                notes: log.notes
            )
        )
    }
}
