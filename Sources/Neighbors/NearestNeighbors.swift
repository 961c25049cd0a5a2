/// The k nearest references of each query, nearest first.
public struct NearestNeighbors: Sendable, Hashable {
    /// Neighbours of each query.
    public let k: Int
    /// queries x k: position of the reference.
    public internal(set) var positions: [UInt32]
    /// queries x k: squared Euclidean distance, summed in float64.
    public internal(set) var distances: [Double]
    /// Queries for which the fast search could not prove its answer, so that all references were compared exactly.
    public internal(set) var exhaustiveQueries = 0
    /// Pairs that a pruned search compared in all columns, exactly or nearly; nil after a flat one.
    public internal(set) var verifiedPairs: Int?
    /// What the exact search says about some of the queries, after a `projected` one: its distances are estimates.
    public internal(set) var sample: Sample?

    init(k: Int, queries: Int) {
        self.k = k
        positions = Array(repeating: 0, count: queries * k)
        distances = Array(repeating: .infinity, count: queries * k)
    }

    /// Exact neighbours of some queries, to hold an approximation against.
    public struct Sample: Sendable, Hashable {
        /// Positions of the queries, S of them.
        public let queries: [Int]
        /// S x k, as in `NearestNeighbors`.
        let positions: [UInt32]
        /// S x k, as in `NearestNeighbors`.
        let distances: [Double]
    }

    /// How well an approximation agrees with the exact search on the sample; nil after an exact search.
    ///
    /// - Parameters:
    ///   - labels: class of each reference, by position
    ///   - classes: C
    ///   - count: the neighbours that vote, from the nearest
    public func agreement(labels: [Int], classes: Int, among count: Int) -> Agreement? {
        guard let sample, !sample.queries.isEmpty else { return nil }
        var exact = NearestNeighbors(k: k, queries: sample.queries.count)
        exact.positions = sample.positions
        exact.distances = sample.distances
        let approximate = votes(labels: labels, classes: classes, among: count)
        let right = exact.votes(labels: labels, classes: classes, among: count)
        let voters = min(count, k)
        var sameVotes = 0
        var found = 0
        for (place, query) in sample.queries.enumerated() {
            if approximate[query].label == right[place].label { sameVotes += 1 }
            let nearest = Set(sample.positions[place * k..<place * k + voters])
            found += positions[query * k..<query * k + voters].count(where: nearest.contains)
        }
        let queries = sample.queries.count
        return Agreement(
            queries: queries,
            votes: Double(sameVotes) / Double(queries),
            neighbors: Double(found) / Double(queries * voters)
        )
    }

    /// How well an approximation agrees with the exact search.
    public struct Agreement: Sendable, Hashable {
        /// Queries it was measured on.
        public let queries: Int
        /// Share of them whose vote is the same.
        public let votes: Double
        /// Share of their exact neighbours that were found.
        public let neighbors: Double
    }

    /// What the neighbours of one query say.
    public struct Vote: Sendable, Hashable {
        /// The class with most votes. Of classes with equally many the one whose neighbours have the smallest summed
        /// squared distance, of those the lowest.
        public var label: Int
        /// Votes for it, of k.
        public var count: Int
        /// Whether another class had as many.
        public var tied: Bool

        /// Parameters are those of the properties.
        public init(label: Int, count: Int, tied: Bool) {
            self.label = label
            self.count = count
            self.tied = tied
        }
    }

    /// The unweighted majority vote of each query.
    ///
    /// - Parameters:
    ///   - labels: class of each reference, by position.
    ///   - classes: number of classes.
    ///   - count: how many of the neighbours vote, from the nearest; all if nil.
    public func votes(labels: [Int], classes: Int, among count: Int? = nil) -> [Vote] {
        let voters = min(count ?? k, k)
        var counts = [Int](repeating: 0, count: classes)
        var sums = [Double](repeating: 0, count: classes)
        return (0..<positions.count / max(k, 1)).map { query in
            for index in 0..<classes {
                counts[index] = 0
                sums[index] = 0
            }
            for place in query * k..<query * k + voters {
                let label = labels[Int(positions[place])]
                counts[label] += 1
                sums[label] += distances[place]
            }
            var best = 0
            var tied = false
            for label in 1..<max(classes, 1) where counts[label] >= counts[best] {
                tied = counts[label] == counts[best]
                if !tied || sums[label] < sums[best] { best = label }
            }
            return Vote(label: best, count: counts[best], tied: tied)
        }
    }
}
