/// What can be wrong with a search before it starts. Failures of the library below are `ComputeError`s.
public enum NeighborsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A query must have k references other than itself.
    case tooFewReferences(references: Int, k: Int)
    /// There is nothing to compare.
    case noActivations
    /// A distance from this query is not a number: the activations are not finite.
    case notFinite(query: Int)

    /// One sentence.
    public var description: String {
        switch self {
        case .tooFewReferences(let references, let k):
            "\(k) neighbours were asked for, but there are only \(references) references, and none counts for itself"
        case .noActivations:
            "the activations have no columns"
        case .notFinite(let query):
            "the activations of query \(query), or of references, are not finite"
        }
    }
}
