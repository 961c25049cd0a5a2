/// The order in which labels are suspected: by how little held-out networks believe in them and, twice as much, by how far
/// training networks had to be pushed to take them on.
///
/// Each of the two is its rank. Held-out doubt misses flips to a neighbouring class, of which the networks learn to be unsure;
/// the margin in early training does not. Average precision, default networks, 2,000 examples each
/// (`Benchmarks/results/stated_numbers.md`): on pair flips better than doubt alone by .06 to .15, on uniform ones never worse.
enum Suspicion {
    /// The weight of the margin, that of doubt being 1. From 1 to 4 little changes.
    static let marginWeight = 2.0

    /// - Parameters:
    ///   - doubt: N, 1 - self-confidence, NaN where unknown
    ///   - margin: N, area under the margin, NaN where no network trained on the example; nil where none is known at all
    /// - Returns: N, 0 to 1: doubt itself where no margin is known at all, NaN where doubt is unknown
    static func scores(doubt: [Float], margin: [Float]?) -> [Float] {
        guard let margin, margin.contains(where: { !$0.isNaN }) else { return doubt }
        let (doubts, pushes) = (places(doubt), places(margin.map { -$0 }))
        return doubt.indices.map { row in
            guard !doubt[row].isNaN else { return .nan }
            guard !margin[row].isNaN else { return Float(doubts[row]) }
            return Float((doubts[row] + marginWeight * pushes[row]) / (1 + marginWeight))
        }
    }

    /// The place of each value among those there are, 0 to 1; ties share their mean place.
    private static func places(_ values: [Float]) -> [Double] {
        let count = Double(max(1, values.count { !$0.isNaN }))
        return Ranks.of(values).map { ($0 - 0.5) / count }
    }
}
