/// What one example looks like to a network.
public enum InputShape: Sendable, Hashable {
    /// An image; its floats come channel by channel (C x H x W).
    case image(height: Int, width: Int, channels: Int)
    /// A row of a table.
    case features(Int)

    /// Dimensions of one example in the order in which its floats come.
    public var dimensions: [Int] {
        switch self {
        case .image(let height, let width, let channels): [channels, height, width]
        case .features(let count): [count]
        }
    }

    /// Floats in one example.
    public var count: Int { dimensions.reduce(1, *) }
}
