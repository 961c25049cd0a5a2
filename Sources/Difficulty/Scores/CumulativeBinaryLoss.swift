/// The share of wrong predictions in the course of training: the best cheap proxy of the C-score.
struct CumulativeBinaryLoss: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.correct]

    static let scores = [
        ScoreDescription(
            "cumulative_binary_loss",
            title: "Cumulative binary loss",
            sentence: "The share of observations during training at which the example was predicted wrong.",
            formula: "mean over members that train on x of #{t : acc_t = 0} / T",
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
        for t in 0..<member.epochs {
            member.readCorrect(at: t, labels: labels, into: &correct)
            for row in labels.indices { wrong[row] += 1 - Int(correct[row]) }
        }
        for row in labels.indices where flags[row] == 0 && member.epochs > 0 {
            loss.add(Double(wrong[row]) / Double(member.epochs), at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(loss.columns(of: "cumulative_binary_loss"))
    }
}
