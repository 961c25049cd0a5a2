/// What a split plan deals: groups of identical inputs, by class. Copies of one input go together, or one would leak the
/// other.
struct SplitUnits {
    /// Class -> the first row of each of its units, in row order. The dataset's own test examples and those without a
    /// label are in none.
    private(set) var leaders: [Int32: [Int32]] = [:]

    /// - Parameters:
    ///   - labels: N class numbers; -1 where the label is missing
    ///   - split: N; 1 for the dataset's own test examples
    ///   - duplicateOf: N; the row of the first identical input. A unit is of the class of its first row with a label
    init(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) {
        var seen: Set<Int32> = []
        for row in labels.indices where split[row] == 0 && labels[row] >= 0 && seen.insert(duplicateOf[row]).inserted {
            leaders[labels[row], default: []].append(duplicateOf[row])
        }
    }

    /// The classes in the order in which they are dealt.
    var classes: [Int32] { leaders.keys.sorted() }
}
