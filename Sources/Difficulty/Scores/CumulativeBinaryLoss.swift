import Tasks

/// The share of wrong predictions in the course of training: the best cheap proxy of the C-score.
///
/// An example seen at its presentation in epoch 1 has not been learned from yet: whether it is wrong there says where in
/// the epoch's order it came, not how hard it is. Jiang et al. observe at the ends of epochs, where this does not arise.
/// So the first of several observations at presentation is left out.
struct CumulativeBinaryLoss: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.correct]
    static let noiseSensitive: Set<String> = ["cumulative_binary_loss"]

    static let scores = [
        ScoreDescription(
            "cumulative_binary_loss",
            title: "Cumulative binary loss",
            sentence: "The share of observations during training at which the example was predicted wrong.",
            formula: "mean over members that train on x of #{t : acc_t = 0} / T, "
                + "without t = 1 where observations precede updates",
            higherIsHarder: true,
            range: [0, 1],
            needs: [.correct],
            companions: [.count, .standardError],
            reference: "Jiang et al. 2021, Characterizing Structural Regularities of Labeled Data, section 5"
        )
    ]

    private let labels: [Int32]
    private var loss: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        loss = MeanAccumulator(count: labels.count)
    }

    mutating func add(_ member: MemberEvidence) {
        let flags = member.heldOutFlags
        var correct = [UInt8](repeating: 0, count: labels.count)
        var wrong = [Int](repeating: 0, count: labels.count)
        let first = member.observesBeforeUpdate && member.epochs > 1 ? 1 : 0
        for t in first..<member.epochs {
            member.readCorrect(at: t, labels: labels, into: &correct)
            for row in labels.indices { wrong[row] += 1 - Int(correct[row]) }
        }
        for row in labels.indices where flags[row] == 0 && member.epochs > 0 {
            loss.add(Double(wrong[row]) / Double(member.epochs - first), at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(loss.columns(of: "cumulative_binary_loss"))
    }
}
