/// How the members of a log belong together: whether they are folds of each other.
struct FoldPlan: Equatable {
    /// K: as many members in a row hold each example out exactly once; 1 where no member holds any out.
    let folds: Int
    /// R.
    let repeats: Int

    /// - Parameters:
    ///   - heldOut: M x N: 1 where the member holds the example out
    ///   - labels: N; an example without a label is in nobody's training set and does not count
    init(heldOut: [[UInt8]], labels: [Int32]) {
        let members = heldOut.count
        let rows = labels.indices.filter { labels[$0] >= 0 }
        // Without folds each member is a repeat of the same training.
        guard heldOut.contains(where: { flags in rows.contains { flags[$0] != 0 } }), members > 1 else {
            (folds, repeats) = (1, members)
            return
        }
        let found = (2...members).first { size in
            members % size == 0
                && stride(from: 0, to: members, by: size).allSatisfy { start in
                    rows.allSatisfy { row in heldOut[start..<start + size].count { $0[row] != 0 } == 1 }
                }
        }
        (folds, repeats) = found.map { ($0, members / $0) } ?? (members, 1)
    }

    /// Members of which each stands for a whole repeat.
    init(repeats: Int) { (folds, self.repeats) = (1, repeats) }
}
