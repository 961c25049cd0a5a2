/// Area under the ROC curve of each class against the rest (Hanley, McNeil 1982): the probability that an example of the class
/// has a larger probability of it than one of another class; ties count a half.
struct Discrimination {
    /// Mean over the classes that have examples.
    let mean: Double
    /// What the mean of networks that know nothing stays below, in 39 of 40 cases: from the variance of the rank sum
    /// (Mann, Whitney 1947), classes taken for independent.
    let chance: Double

    /// - Parameters:
    ///   - labels: N, -1 where an example does not count
    ///   - probabilities: N x C, NaN where there are none
    /// - Returns: nil without two classes
    init?(labels: [Int32], probabilities: [Float], classes: Int) {
        let rows = labels.indices.filter { labels[$0] >= 0 && !probabilities[$0 * classes].isNaN }
        var areas: [Double] = []
        var variance = 0.0
        for k in 0..<classes {
            let positives = rows.count { labels[$0] == Int32(k) }
            let negatives = rows.count - positives
            guard positives > 0, negatives > 0 else { continue }
            let order = rows.sorted { probabilities[$0 * classes + k] < probabilities[$1 * classes + k] }
            var (rankSum, start) = (0.0, 0)
            while start < order.count {
                var end = start + 1
                let value = probabilities[order[start] * classes + k]
                while end < order.count, probabilities[order[end] * classes + k] == value { end += 1 }
                let rank = Double(start + end + 1) / 2
                for place in start..<end where labels[order[place]] == Int32(k) { rankSum += rank }
                start = end
            }
            let (m, n) = (Double(positives), Double(negatives))
            areas.append((rankSum - m * (m + 1) / 2) / (m * n))
            variance += (m + n + 1) / (12 * m * n)
        }
        guard areas.count > 1 else { return nil }
        mean = areas.reduce(0, +) / Double(areas.count)
        // Two classes are one comparison seen from both sides.
        let independent = areas.count == 2 ? variance / 2 : variance / Double(areas.count * areas.count)
        chance = 0.5 + 1.96 * independent.squareRoot()
    }
}
