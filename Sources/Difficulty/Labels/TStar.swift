import Arrays

/// The epoch at which label quality is judged: the snapshot with the least mean held-out cross-entropy over the whole
/// job. Longer training memorises wrong labels and blurs label quality while it sharpens training depth.
struct TStar: Sendable, Hashable {
    /// Position among the snapshots.
    let snapshot: Int
    /// The snapshots' epochs, from 1.
    let epochs: [Int]
    /// Mean cross-entropy over all pairs of a labelled example of the training split and a member that holds it out, in
    /// nats, at each snapshot.
    let losses: [Double]

    /// The epoch, from 1.
    var epoch: Int { epochs[snapshot] }

    /// Nil without snapshots, or without a labelled held-out example. The earliest of equal losses.
    init?(_ evidence: EvidenceSet) throws {
        guard evidence.arrays.isSuperset(of: LabelQuality.needs) else { return nil }
        let epochs = evidence.members[0].snapshotEpochs
        let classes = evidence.classes
        var sums = [Double](repeating: 0, count: epochs.count)
        var pairs = 0
        for member in evidence.members {
            guard member.snapshotEpochs == epochs, let logits = member.heldOutLogits?.elements else {
                throw DifficultyError.mismatch(
                    what: "snapshots of member \(member.index)",
                    expected: epochs.count,
                    got: member.snapshotEpochs.count
                )
            }
            let flags = member.heldOutFlags
            var softmax = Softmax(classes: classes)
            for snapshot in epochs.indices {
                var offset = snapshot * member.heldOutCount * classes
                for row in 0..<evidence.count where flags[row] != 0 {
                    defer { offset += classes }
                    let label = evidence.labels[row]
                    guard label >= 0, !evidence.data.isTest[row] else { continue }
                    softmax.take(logits, at: offset)
                    sums[snapshot] += softmax.logSum - Double(logits[offset + Int(label)])
                    if snapshot == 0 { pairs += 1 }
                }
            }
            withExtendedLifetime(member) {}
        }
        guard pairs > 0, !epochs.isEmpty else { return nil }
        losses = sums.map { $0 / Double(pairs) }
        var best = 0
        for index in losses.indices where losses[index] < losses[best] { best = index }
        snapshot = best
        self.epochs = epochs
    }
}
