import Arrays
import Tasks

/// How far an example is from the nearest decision boundary of networks that never saw it, in input space and to first
/// order.
struct InputMargin: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.inputMargin]

    static let scores = [
        ScoreDescription(
            "input_margin",
            title: "Input margin",
            sentence:
                "How little the input would have to change for networks that never saw the example to change their mind.",
            formula:
                "mean over members that hold x out of the least over classes j other than the predicted class i of "
                + "(f_i - f_j) / ||grad_x (f_i - f_j)||_2, f being logits; j is the runner-up alone unless all are asked for",
            higherIsHarder: false,
            range: [0, nil],
            unit: "standardised input",
            needs: [.inputMargin],
            companions: [.count, .standardError],
            reference: "Elsayed et al. 2018, equation 2; Baldock et al. 2021, section 2 (adversarial input margin)"
        )
    ]

    private var margin: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        margin = MeanAccumulator(count: evidence.count)
    }

    mutating func add(_ member: MemberEvidence) {
        guard let margins = member.inputMargin?.elements else { return }
        let flags = member.heldOutFlags
        // Where no input changes the answer there is no boundary to be near to, and no number.
        for row in margins.indices where flags[row] != 0 && margins[row].isFinite {
            margin.add(Double(margins[row]), at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(margin.columns(of: "input_margin"))
    }
}
