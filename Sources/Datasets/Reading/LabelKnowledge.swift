/// Which columns of a table know its label: measured on a sample, never guessed from names alone.
struct LabelKnowledge {
    private let label: [Int]
    private let classes: Int
    private let rows: [Int]
    private let prior: Double

    /// - Parameter label: a code a row of the sample; 0 is missing
    init(label codes: [UInt64]) {
        var index: [UInt64: Int] = [:]
        var label: [Int] = []
        label.reserveCapacity(codes.count)
        for code in codes {
            guard code != 0 else {
                label.append(-1)
                continue
            }
            let next = index.count
            label.append(index[code, default: next])
            if label[label.count - 1] == next { index[code] = next }
        }
        self.label = label
        classes = index.count
        rows = label.indices.filter { label[$0] >= 0 }
        var counts = [Int](repeating: 0, count: classes)
        for row in rows { counts[label[row]] += 1 }
        prior = Double(counts.max() ?? 0) / Double(max(1, rows.count))
    }

    /// What one column says of the label, and the label of it.
    struct Measure {
        /// Distinct values, "missing" among them.
        var distinct: Int
        /// Share of the rows whose value other rows have too.
        var coverage: Double
        /// Of these rows, the share whose label is the commonest among the other rows of the same value: what somebody who
        /// has seen all other rows would guess right. So many distinct values guess right by chance as often as the
        /// commonest class is there.
        var accuracy: Double
        /// The same the other way round: how well the label tells the value.
        var back: Double
        /// How much of what is unknown without the column is known with it: 1 everything, 0 nothing.
        var lift: Double
        /// The class of which the column is the indicator, where it is one.
        var indicated: Int?
    }

    /// Labels agree but for this share at most: a copy of the label may be cleaner than the label.
    private static let nearly = 0.99
    /// The same of columns whose name says that they are labels.
    private static let nearlyByName = 0.95

    /// Measures a column; nil where the sample has nothing to tell.
    func measure(_ codes: [UInt64]) -> Measure? {
        guard classes > 1, rows.count >= 8 else { return nil }
        var index: [UInt64: Int] = [:]
        var counts: [[Int]] = []
        for row in rows {
            let next = index.count
            let value = index[codes[row], default: next]
            if value == next {
                index[codes[row]] = next
                counts.append([Int](repeating: 0, count: classes))
                // A column of nearly as many values as rows is no copy of anything.
                if next * 2 > rows.count { return nil }
            }
            counts[value][label[row]] += 1
        }
        let (covered, right) = Self.guess(counts)
        let turned = (0..<classes).map { k in counts.map { $0[k] } }
        let (backCovered, backRight) = Self.guess(turned)
        let accuracy = Double(right) / Double(max(1, covered))
        return Measure(
            distinct: counts.count,
            coverage: Double(covered) / Double(rows.count),
            accuracy: accuracy,
            back: Double(backRight) / Double(max(1, backCovered)),
            lift: prior < 1 ? (accuracy - prior) / (1 - prior) : 0,
            indicated: counts.count == 2 ? indicated(counts) : nil
        )
    }

    /// Rows in groups of more than one, and those whose label the rest of the group would guess.
    private static func guess(_ groups: [[Int]]) -> (covered: Int, right: Int) {
        var (covered, right) = (0, 0)
        for group in groups {
            let size = group.reduce(0, +)
            guard size > 1 else { continue }
            covered += size
            var (first, second) = (0, 0)
            for count in group {
                if count > first { (first, second) = (count, first) } else if count > second { second = count }
            }
            if first > second { right += first }
        }
        return (covered, right)
    }

    private func indicated(_ counts: [[Int]]) -> Int? {
        for value in counts {
            let size = value.reduce(0, +)
            guard let most = value.indices.max(by: { value[$0] < value[$1] }) else { continue }
            let ofClass = counts.reduce(0) { $0 + $1[most] }
            if Double(value[most]) >= Self.nearly * Double(max(size, ofClass)) { return most }
        }
        return nil
    }

    /// Whether a column that was measured so is a copy of the label or finer than it.
    ///
    /// Numbers are quantities first of all, and a good one may tell the classes apart: they are copies only where the label
    /// tells them too.
    func isKnown(_ measure: Measure, isNumber: Bool, hasLabelName: Bool) -> Bool {
        let enough = hasLabelName ? Self.nearlyByName : Self.nearly
        guard measure.coverage >= 0.9, measure.accuracy >= enough, measure.lift >= (hasLabelName ? 0.8 : 0.95) else {
            return false
        }
        return !isNumber || measure.back >= enough && measure.distinct <= classes + 1
    }

    /// Columns that are the parts of a one-hot label: one for each class, or all but one; or fewer that have the names of
    /// labels.
    func parts(_ measures: [Int: Measure], hasLabelName: (Int) -> Bool) -> Set<Int> {
        guard classes > 2 else { return [] }
        let indicators = measures.filter { $0.value.indicated != nil }
        let told = Set(indicators.values.compactMap(\.indicated))
        if told.count >= classes - 1 { return Set(indicators.keys) }
        return Set(indicators.keys.filter(hasLabelName))
    }
}
