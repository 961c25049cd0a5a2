import EnsembleKind

/// Which examples of a training set stay when it is pruned by a score (Difficulty/README.md section 3, "Pruning";
/// Toneva et al. 2019, section 5), and which would stay by lot.
public struct Pruning: Sendable {
    /// The rule: with the scores and labels it decides every set.
    public struct Rule: Codable, Hashable, Sendable {
        /// The column.
        public var by: String
        /// Whether the examples of its largest values stay.
        public var keepsHighest: Bool
        /// Whether every class keeps the same share.
        public var balanced: Bool
        /// Of the lots among equal values and of the random sets.
        public var seed: UInt64

        enum CodingKeys: String, CodingKey {
            case by, balanced, seed
            case keepsHighest = "keeps_highest"
        }

        /// Parameters are those of the properties.
        public init(by: String, keepsHighest: Bool, balanced: Bool, seed: UInt64) {
            self.by = by
            self.keepsHighest = keepsHighest
            self.balanced = balanced
            self.seed = seed
        }
    }

    /// Labelled training examples of a dataset: those that can be pruned.
    public static func candidates(labels: [Int32], split: [UInt8]) -> [Int] {
        labels.indices.filter { split[$0] == 0 && labels[$0] >= 0 }
    }

    /// Rows that may be dropped, ascending.
    public let candidates: [Int]
    private let rule: Rule
    private let labels: [Int32]
    /// Candidates, those that stay longest first.
    private let order: [Int]

    /// - Parameters:
    ///   - values: N scores, NaN where an example has none: such an example is dropped last, since nothing speaks for it
    ///   - labels: N classes
    ///   - candidates: rows that may be dropped, ascending
    ///   - rule: how they are chosen
    public init(values: [Float], labels: [Int32], candidates: [Int], rule: Rule) {
        self.candidates = candidates
        self.rule = rule
        self.labels = labels
        // Scores such as counts are equal for most examples, and files are often sorted by class.
        var generator = CounterGenerator(seed: rule.seed, purpose: .pruning, stream: 0)
        var shuffled = candidates
        generator.shuffle(&shuffled)
        func rank(_ row: Int) -> Float {
            values[row].isNaN ? -.infinity : rule.keepsHighest ? -values[row] : values[row]
        }
        order = shuffled.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }

    /// The candidates that stay, ascending.
    ///
    /// - Parameter count: how many of them, 1 to all
    public func kept(_ count: Int) -> [Int] { first(count, of: order) }

    /// As many candidates by lot, with as many of each class where the rule is balanced; ascending.
    ///
    /// - Parameters:
    ///   - count: how many of them
    ///   - run: which lot
    public func random(_ count: Int, run: Int) -> [Int] {
        var generator = CounterGenerator(seed: rule.seed, purpose: .pruning, stream: UInt64(run + 1))
        var shuffled = candidates
        generator.shuffle(&shuffled)
        return first(count, of: shuffled)
    }

    private func first(_ count: Int, of order: [Int]) -> [Int] {
        guard rule.balanced else { return order.prefix(count).sorted() }
        var left = quotas(count)
        return order.filter { row in
            guard let more = left[labels[row]], more > 0 else { return false }
            left[labels[row]] = more - 1
            return true
        }.sorted()
    }

    /// How many of each class stay: the same share of each, what rounding leaves to the largest remainders. A class goes
    /// only where fewer stay than there are classes.
    private func quotas(_ count: Int) -> [Int32: Int] {
        var sizes: [Int32: Int] = [:]
        for row in candidates { sizes[labels[row], default: 0] += 1 }
        let classes = sizes.keys.sorted()
        let whole = candidates.count
        var quotas = sizes.mapValues { count * $0 / whole }
        if count >= classes.count { for label in classes where quotas[label] == 0 { quotas[label] = 1 } }
        func remainder(_ label: Int32) -> Int { count * (sizes[label] ?? 0) % whole }
        let byRemainder = classes.sorted { (remainder($1), $0) < (remainder($0), $1) }
        var missing = count - quotas.values.reduce(0, +)
        while missing > 0 {
            for label in byRemainder where missing > 0 && (quotas[label] ?? 0) < (sizes[label] ?? 0) {
                quotas[label, default: 0] += 1
                missing -= 1
            }
        }
        // What the smallest classes were given beyond their share the largest ones lack.
        while missing < 0 {
            guard let largest = classes.max(by: { (quotas[$0] ?? 0, $1) < (quotas[$1] ?? 0, $0) }) else { break }
            quotas[largest, default: 0] -= 1
            missing += 1
        }
        return quotas
    }
}
