import Tasks

/// The consistency profile and the C-score (Jiang et al. 2021): how often networks that never saw an example agree with
/// its label, by the share of the data that they were trained on.
struct ConsistencyProfile: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.finalPred]
    static let plan: String? = "subsets"

    private static let reference =
        "Jiang et al. 2021, Characterizing Structural Regularities of Labeled Data, section 2"

    static let scores = [
        ScoreDescription(
            "c_score",
            title: "C-score",
            sentence: "Consistency averaged over networks trained on little to most of the data.",
            formula:
                "mean over the train ratios s of consistency_at_s; null where the members of some ratio never hold x out. "
                + "`_n` counts members of all ratios; `_se` = sqrt(sum over s of se_s^2) / number of ratios, null where a "
                + "ratio holds x out only once",
            higherIsHarder: false,
            range: [0, 1],
            needs: [.finalPred],
            plan: plan,
            companions: [.count, .standardError],
            reference: reference
        ),
        ScoreDescription(
            "consistency_at_\(ScoreDescription.percent)",
            title: "Consistency at \(ScoreDescription.percent) %",
            sentence:
                "The share of networks trained on \(ScoreDescription.percent) % of the examples that never saw this one and "
                + "yet give it its label.",
            formula:
                "share of yhat_m(x) = y(x) over members that train on s = \(ScoreDescription.percent) % and hold x out; "
                + "Wilson 95 % interval. One column for each train ratio of the job",
            higherIsHarder: false,
            range: [0, 1],
            needs: [.finalPred],
            plan: plan,
            companions: [.count, .standardError, .low, .high],
            reference: reference
        ),
    ]

    private let labels: [Int32]
    private let ratios: [Double]
    /// By place of the train ratio.
    private var heldOut: [ShareAccumulator]

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        ratios = evidence.spec.ratios ?? []
        heldOut = Array(repeating: ShareAccumulator(count: labels.count), count: ratios.count)
    }

    mutating func add(_ member: MemberEvidence) {
        let flags = member.heldOutFlags
        for row in labels.indices where flags[row] != 0 && labels[row] >= 0 {
            heldOut[member.part].add(Int32(member.finalPredictions[row]) == labels[row], at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        let count = Double(ratios.count)
        func sum(_ term: (ShareAccumulator) -> Double?) -> Double? {
            var total = 0.0
            for ratio in heldOut {
                guard let value = term(ratio) else { return nil }
                total += value
            }
            return total
        }
        let rows = labels.indices
        table.append([
            Column(
                score: "c_score",
                .value,
                rows.map { row in column(sum { $0.proportion(row).value }.map { $0 / count }) }
            ),
            Column(
                score: "c_score",
                .count,
                rows.map { row in Float(heldOut.reduce(0) { $0 + Int($1.trials[row]) }) }
            ),
            Column(
                score: "c_score",
                .standardError,
                rows.map { row in
                    column(
                        sum { ratio in ratio.standardError(row).map { $0 * $0 } }.map { $0.squareRoot() / count }
                    )
                }
            ),
        ])
        for (ratio, shares) in zip(ratios, heldOut) {
            table.append(shares.columns(of: ScoreManifest.consistencyColumn(at: ratio)))
        }
    }
}
