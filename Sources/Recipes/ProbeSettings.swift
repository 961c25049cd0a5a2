/// How the probes vote.
public struct ProbeSettings: Codable, Hashable, Sendable {
    /// Neighbours a vote; 0 where there are no probes.
    public var k: Int
    /// How neighbours are searched.
    public var neighbors: NeighborMode
    /// Whether input margins are worked out, and how; nil: not. Absent in the keys of members without.
    public var inputMargin: InputMarginMode?

    enum CodingKeys: String, CodingKey {
        case k, neighbors
        case inputMargin = "input_margin"
    }

    /// k where nobody says it: half the smallest class that has at least 10 examples to vote, 5 to 30.
    ///
    /// - Parameter classSizes: examples of each class among those that vote
    public static func neighbors(classSizes: [Int]) -> Int {
        let smallest = classSizes.filter { $0 >= smallestClass }.min() ?? smallestClass
        return max(range.lowerBound, min(range.upperBound, smallest / 2))
    }

    private static let smallestClass = 10
    private static let range = 5...30

    /// Parameters are those of the properties.
    public init(k: Int, neighbors: NeighborMode = .exact, inputMargin: InputMarginMode? = nil) {
        self.k = k
        self.neighbors = neighbors
        self.inputMargin = inputMargin
    }
}

/// Which decision boundaries an input margin looks at (Difficulty/README.md section 2).
public enum InputMarginMode: String, Codable, Sendable, CaseIterable {
    /// The one with the runner-up.
    case runnerUp = "runner_up"
    /// Those with all other classes.
    case all
}

/// How the probes' neighbours are searched (Difficulty/README.md section 2).
public enum NeighborMode: String, Codable, Sendable, CaseIterable {
    /// The k nearest in full dimension, as brute force in float64 finds them.
    case exact
    /// By estimated distances, from projections of the activations; its agreement with `exact` is measured on a sample
    /// and published.
    case projected
}
