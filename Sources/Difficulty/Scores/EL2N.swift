import Arrays
import Tasks

/// Error L2 norm (Paul, Ganguli and Dziugaite 2021): distance of the predicted probabilities from the label, early in
/// training.
struct EL2N: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.pLabel, .pSquared]
    static let noiseSensitive: Set<String> = ["el2n"]

    static let scores = [
        ScoreDescription(
            "el2n",
            title: "EL2N",
            sentence: "How far the predicted probabilities are from the given label early in training.",
            formula:
                "mean over members that train on x of ||p - onehot(y)||_2 = sqrt(p_sq - 2 p_y + 1) at epoch el2n_at",
            higherIsHarder: true,
            range: [0, 1.414_213_562_373_095_1],
            needs: [.pLabel, .pSquared],
            companions: [.count, .standardError],
            options: [
                .init(
                    name: "el2n_at",
                    standard: "max(1, 0.1 T rounded to the nearest, a half upwards)",
                    effect: "The epoch, from 1, that counts"
                )
            ],
            reference: "Paul et al. 2021, Deep Learning on a Data Diet, section 2"
        )
    ]

    private let examples: Int
    private let epoch: Int
    private var norm: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        examples = evidence.count
        epoch = min(max(1, evidence.options.el2nEpoch ?? (evidence.epochs + 5) / 10), max(1, evidence.epochs))
        norm = MeanAccumulator(count: examples)
    }

    mutating func add(_ member: MemberEvidence) {
        guard let label = member.pLabel?.elements, let squared = member.pSquared?.elements, member.epochs > 0 else {
            return
        }
        let flags = member.heldOutFlags
        let start = (epoch - 1) * examples
        for row in 0..<examples where flags[row] == 0 {
            let square = Double(squared[start + row]) - 2 * Double(label[start + row]) + 1
            norm.add(max(0, square).squareRoot(), at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(norm.columns(of: "el2n"))
    }
}
