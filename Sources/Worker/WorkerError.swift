/// Why a member was not made.
public enum WorkerError: Error, CustomStringConvertible {
    /// The specification cannot be followed.
    case badSpec(String)
    /// The data is not what the specification says.
    case badData(String)
    /// It was asked to stop; another attempt goes on from its checkpoint. The epoch under way, while it trained.
    case interrupted(epoch: Int?)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .badSpec(let detail), .badData(let detail): detail
        case .interrupted(let epoch):
            epoch.map { "the worker was asked to stop in epoch \($0)" } ?? "the worker was asked to stop"
        }
    }
}
