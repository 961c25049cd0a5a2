/// What can be wrong with a training run before it starts. Failures of the library below are `ComputeError`s.
public enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The settings do not fit together; the text is one sentence for the user.
    case unsuitable(String)
    /// Weights to be loaded lack this parameter.
    case missingWeights(String)
    /// A checkpoint is not one of this run; the text says by what it is seen.
    case foreignCheckpoint(String)

    /// One sentence.
    public var description: String {
        switch self {
        case .unsuitable(let reason): reason
        case .missingWeights(let name): "the weights lack \(name)"
        case .foreignCheckpoint(let why): "the checkpoint belongs to another run: \(why)"
        }
    }
}
