/// How well one score separates the examples with a planted label from the others.
///
/// Examples are taken from the most suspect one; equally suspect ones are taken together, so that no number depends on the
/// order of the rows. Those without a value come last and are never flagged.
package struct Separation: Sendable {
    /// Equally suspect examples.
    private struct Level {
        let suspicion: Float
        var planted = 0
        var others = 0
        var all: Int { planted + others }
    }

    /// From the most suspect one; the last is NaN where there are examples without a value.
    private let levels: [Level]
    /// Examples with a planted label.
    package let planted: Int
    /// All others.
    package let others: Int

    /// - Parameters:
    ///   - suspicion: larger is more suspect, NaN where there is no value
    ///   - isPlanted: of the same length
    package init(suspicion: [Float], isPlanted: [Bool]) {
        var levels: [Level] = []
        func count(_ row: Int) {
            if isPlanted[row] { levels[levels.count - 1].planted += 1 } else { levels[levels.count - 1].others += 1 }
        }
        for position in Ranks.order(suspicion).reversed() {
            let row = Int(position)
            if levels.last?.suspicion != suspicion[row] { levels.append(Level(suspicion: suspicion[row])) }
            count(row)
        }
        let unknown = suspicion.indices.filter { suspicion[$0].isNaN }
        if !unknown.isEmpty { levels.append(Level(suspicion: .nan)) }
        for row in unknown { count(row) }
        self.levels = levels
        planted = levels.reduce(0) { $0 + $1.planted }
        others = levels.reduce(0) { $0 + $1.others }
    }

    /// Area under the ROC curve: the probability that a planted label is more suspect than another example, a tie counting
    /// half (Mann and Whitney 1947). Nil where one of the two is missing.
    package var areaUnderCurve: Double? {
        guard planted > 0, others > 0 else { return nil }
        var (below, sum) = (others, 0.0)
        for level in levels {
            below -= level.others
            sum += Double(level.planted) * (Double(below) + Double(level.others) / 2)
        }
        return sum / (Double(planted) * Double(others))
    }

    /// Mean precision over the planted labels, each at the end of its level: sum of (R_n - R_{n-1}) P_n, as in
    /// scikit-learn. Nil without planted labels.
    package var averagePrecision: Double? {
        guard planted > 0 else { return nil }
        var (found, taken, sum) = (0, 0, 0.0)
        for level in levels {
            found += level.planted
            taken += level.all
            if level.planted > 0 { sum += Double(level.planted) * Double(found) / Double(taken) }
        }
        return sum / Double(planted)
    }

    /// Precision and recall of the `count` most suspect examples. Of equally suspect ones at the end only some are among
    /// them: they count in part, as if drawn by lot. Precision is nil where no example has a value.
    package func top(_ count: Int) -> (precision: Double?, recall: Double?) {
        var (found, taken) = (0.0, 0)
        for level in levels where taken < count && !level.suspicion.isNaN {
            let part = min(level.all, count - taken)
            found += Double(level.planted) * Double(part) / Double(level.all)
            taken += part
        }
        return (taken > 0 ? found / Double(taken) : nil, planted > 0 ? found / Double(planted) : nil)
    }

    /// The least suspicion of about the `count` most suspect examples: of all cuts between levels the one that flags the
    /// number nearest to it, the fewer of two. Nil where no example has a value.
    package func cut(near count: Int) -> Float? {
        var (taken, best) = (0, nil as (cut: Float, distance: Int)?)
        for level in levels where !level.suspicion.isNaN {
            taken += level.all
            let distance = abs(taken - count)
            if distance < best?.distance ?? .max { best = (level.suspicion, distance) }
        }
        return best?.cut
    }

    /// What each cut between levels flags, from the strictest one on.
    var cuts: [(planted: Int, others: Int)] {
        var flagged = (planted: 0, others: 0)
        return levels.filter { !$0.suspicion.isNaN }.map {
            flagged.planted += $0.planted
            flagged.others += $0.others
            return flagged
        }
    }

    /// The examples at least as suspect as a cut.
    package func flagged(from cut: Float) -> (planted: Int, others: Int) {
        levels.filter { $0.suspicion >= cut }.reduce((0, 0)) { ($0.0 + $1.planted, $0.1 + $1.others) }
    }
}
