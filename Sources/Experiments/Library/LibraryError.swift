/// Why the library cannot answer.
public enum LibraryError: Error, Sendable, CustomStringConvertible {
    /// No dataset of that id or name.
    case noDataset(String)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .noDataset(let id): "there is no dataset \(id)"
        }
    }
}
