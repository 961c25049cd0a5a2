/// Counts of a score's values in bins.
public struct Histogram: Codable, Sendable, Hashable {
    /// Bin limits, one more than `counts`. Bins are closed below and open above, the last closed on both sides.
    public var edges: [Double]
    /// Examples in each bin.
    public var counts: [Int]
    /// Examples without a value.
    public var undefined: Int

    /// Bins in the unit of the score: whole numbers where the values are whole and few, half layers for depths, else
    /// forty equal bins over the score's range where that is bounded and over the values' range where not.
    init(_ values: [Float], of score: ScoreDescription) {
        let known = values.filter { $0.isFinite }.map(Double.init)
        undefined = values.count - known.count
        guard let least = known.min(), let largest = known.max() else {
            (edges, counts) = ([], [])
            return
        }
        let whole = known.allSatisfy { $0 == $0.rounded() } && largest - least <= 64
        if score.unit == "layers" {
            edges = Self.steps(from: 0, to: max(0.5, largest), width: 0.5)
        } else if whole, score.range.last != .some(1) {
            edges = Self.steps(from: min(least, score.range.first.flatMap { $0 } ?? least), to: largest + 1, width: 1)
        } else {
            let low = score.range.first.flatMap { $0 } ?? least
            let high = max(score.range.last.flatMap { $0 } ?? largest, low)
            let width = high > low ? (high - low) / 40 : 1
            edges = (0...40).map { high > low && $0 == 40 ? high : low + Double($0) * width }
        }
        var counts = [Int](repeating: 0, count: edges.count - 1)
        let width = (edges[edges.count - 1] - edges[0]) / Double(counts.count)
        for value in known {
            let bin = Int(((value - edges[0]) / width).rounded(.down))
            counts[min(max(bin, 0), counts.count - 1)] += 1
        }
        self.counts = counts
    }

    private static func steps(from low: Double, to high: Double, width: Double) -> [Double] {
        let count = max(1, Int(((high - low) / width).rounded(.up)))
        return (0...count).map { low + Double($0) * width }
    }
}
