/// Why evidence cannot be reduced. Errors of the arrays themselves pass through as `ArrayError`.
public enum DifficultyError: Error, Sendable, Hashable {
    /// Not one member to reduce.
    case noMembers
    /// A JSON file that does not say what it must.
    case badJSON(path: String, detail: String)
    /// Members, labels and dataset do not belong together.
    case mismatch(what: String, expected: Int, got: Int)
    /// A label or a class in the evidence outside of the classes.
    case badClass(name: String, index: Int, value: Int, classes: Int)
    /// An example without a label in a member's training set.
    case unlabelledInTraining(member: Int, example: Int)
}

extension DifficultyError: CustomStringConvertible {
    /// One plain sentence.
    public var description: String {
        switch self {
        case .noMembers:
            "there is no finished member to compute scores from"
        case .badJSON(let path, let detail):
            "\(path) cannot be used: \(detail)"
        case .mismatch(let what, let expected, let got):
            "\(what): expected \(expected), got \(got)"
        case .badClass(let name, let index, let value, let classes):
            "\(name) has class \(value) at position \(index); there are \(classes) classes"
        case .unlabelledInTraining(let member, let example):
            "member \(member) trained on example \(example), which has no label"
        }
    }
}
