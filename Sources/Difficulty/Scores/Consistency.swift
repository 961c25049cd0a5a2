import Tasks

/// Consistency (Jiang et al. 2021): whether networks that never saw an example agree with its label.
struct Consistency: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.finalPred]
    static let noiseSensitive: Set<String> = ["consistency"]

    static let scores = [
        ScoreDescription(
            "consistency",
            title: "Consistency",
            sentence: "The share of networks that never saw the example and yet give it its label.",
            formula: "share of yhat_m(x) = y(x) over members that hold x out; Wilson 95 % interval",
            higherIsHarder: false,
            range: [0, 1],
            needs: [.finalPred],
            companions: [.count, .standardError, .low, .high],
            reference: "Jiang et al. 2021, Characterizing Structural Regularities of Labeled Data, section 2"
        )
    ]

    private let labels: [Int32]
    private var heldOut: ShareAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        heldOut = ShareAccumulator(count: labels.count)
    }

    mutating func add(_ member: MemberEvidence) {
        let flags = member.heldOutFlags
        for row in labels.indices where flags[row] != 0 && labels[row] >= 0 {
            heldOut.add(Int32(member.finalPredictions[row]) == labels[row], at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(heldOut.columns(of: "consistency"))
    }
}
