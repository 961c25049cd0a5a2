/// Repeated stratified K-fold: which examples member `index` holds out (Difficulty/README.md section 1, "Split plan").
///
/// Whole repeats in order: members r*K ..< (r+1)*K are the folds of repeat r, so after each repeat every example has
/// been held out once more.
public struct SplitPlan: Sendable, Hashable {
    /// K, at least 2.
    public var folds: Int
    /// The job's seed.
    public var seed: UInt64

    /// - Parameters:
    ///   - folds: K, at least 2
    ///   - seed: the job's seed
    public init(folds: Int, seed: UInt64) {
        precondition(folds >= 2, "a K-fold plan needs at least two folds")
        self.folds = folds
        self.seed = seed
    }

    /// The examples that a member does not train on.
    ///
    /// - Parameters:
    ///   - index: the member
    ///   - labels: N class numbers; -1 where the label is missing: such an example is held out of every member
    ///   - split: N; 1 for the dataset's own test examples, which every member holds out
    ///   - duplicateOf: N; the row of the first identical input: identical inputs share a fold, or one copy would leak
    ///     the other
    /// - Returns: N bytes, 1 where the member holds the example out
    public func heldOut(member index: Int, labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8] {
        let fold = index % folds
        let assigned = assignment(repeat: index / folds, labels: labels, split: split, duplicateOf: duplicateOf)
        return assigned.map { $0 == Self.always || $0 == fold ? 1 : 0 }
    }

    /// Held out of every member.
    static let always = -1
    /// Held out of none.
    static let never = -2

    /// The fold of each example in one repeat, or `always` or `never`.
    ///
    /// The unit that is dealt is a group of identical inputs. Each class's units are shuffled and dealt round-robin,
    /// each class continuing where the previous one stopped, so that fold sizes differ by at most one unit. A class
    /// with a single unit is never held out: without it the networks could not know the class at all.
    func assignment(repeat round: Int, labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [Int] {
        let dealt = SplitUnits(labels: labels, split: split, duplicateOf: duplicateOf)
        var generator = CounterGenerator(seed: seed, purpose: .split, stream: UInt64(round))
        var foldOfUnit: [Int32: Int] = [:]
        var next = 0
        for label in dealt.classes {
            var units = dealt.leaders[label] ?? []
            if units.count == 1 {
                foldOfUnit[units[0]] = Self.never
                continue
            }
            generator.shuffle(&units)
            for unit in units {
                foldOfUnit[unit] = next
                next = (next + 1) % folds
            }
        }
        return labels.indices.map { row in
            guard split[row] == 0, labels[row] >= 0 else { return Self.always }
            return foldOfUnit[duplicateOf[row]] ?? Self.always
        }
    }
}
