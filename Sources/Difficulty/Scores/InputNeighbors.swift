import Arrays
import Tasks

/// The baseline that needs no training: do the nearest neighbours in input space carry the example's label?
struct InputNeighbors: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.labelShare]
    static let noiseSensitive: Set<String> = ["input_knn"]

    static let scores = [
        ScoreDescription(
            "input_knn",
            title: "Input neighbours (baseline)",
            sentence: "The share of the nearest neighbours in input space that carry another label; needs no training.",
            formula:
                "1 - mean over members that hold x out of label_share_0(x) / k (with a backbone: at its embedding, by cosine)",
            higherIsHarder: true,
            range: [0, 1],
            needs: [.labelShare],
            companions: [.count, .standardError],
            reference: "Cover and Hart 1967; the baseline that every trained score must beat"
        )
    ]

    /// What a worker writes where there is no label to compare with.
    private static let noLabel: UInt8 = 255

    private let labels: [Int32]
    private let wanted: Bool
    private let k: Double
    private var others: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        wanted = evidence.spec.inputBaseline
        k = Double(evidence.k)
        others = MeanAccumulator(count: labels.count)
    }

    mutating func add(_ member: MemberEvidence) {
        guard wanted, let share = member.labelShare?.elements else { return }
        let flags = member.heldOutFlags
        let first = (member.manifest.baselineProbe ?? 0) * labels.count
        for row in labels.indices where flags[row] != 0 && labels[row] >= 0 && share[first + row] != Self.noLabel {
            others.add(1 - Double(share[first + row]) / k, at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        if wanted { table.append(others.columns(of: "input_knn")) }
    }
}
