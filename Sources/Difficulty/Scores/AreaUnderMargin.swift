import Arrays
import Tasks

/// Area under the margin (Pleiss et al. 2020): the mean logit margin while the learning rate is still high.
struct AreaUnderMargin: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.margin]
    static let noiseSensitive: Set<String> = ["aum"]

    static let scores = [
        ScoreDescription(
            "aum",
            title: "Area under the margin",
            sentence: "How far the given label's logit is ahead of the others, on average over the early training.",
            formula:
                "mean over t with learning_rate_t >= max_s learning_rate_s / 2 (all t where it is unknown) of "
                + "z_y - max_{j != y} z_j, mean over members that train on x with its label",
            higherIsHarder: false,
            unit: "logits",
            needs: [.margin],
            companions: [.count, .standardError],
            reference: "Pleiss et al. 2020, Identifying Mislabeled Data using the Area Under the Margin Ranking"
        )
    ]

    private let examples: Int
    /// N: r + 1 where the example has a fake class in run r; nil where members see the labels.
    private let thresholdSets: [UInt8]?
    private var area: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        examples = evidence.count
        thresholdSets = evidence.thresholdSets
        area = MeanAccumulator(count: examples)
    }

    mutating func add(_ member: MemberEvidence) {
        guard let areas = Self.areas(member, examples: examples) else { return }
        let flags = member.heldOutFlags
        for row in 0..<examples where flags[row] == 0 {
            if let thresholdSets, Int(thresholdSets[row]) == member.index + 1 { continue }
            area.add(areas[row], at: row)
        }
        withExtendedLifetime(member) {}
    }

    /// The mean margin of each example in one member over the epochs that count, with the label that it saw; nil where it
    /// recorded none.
    static func areas(_ member: MemberEvidence, examples: Int) -> [Double]? {
        guard let margin = member.margin?.elements, member.epochs > 0 else { return nil }
        let epochs = self.epochs(rates: member.manifest.result.learningRate, count: member.epochs)
        var sum = [Double](repeating: 0, count: examples)
        for t in epochs {
            for row in 0..<examples { sum[row] += Double(margin[t * examples + row]) }
        }
        withExtendedLifetime(member) {}
        return sum.map { $0 / Double(epochs.count) }
    }

    func finish(_ table: inout ColumnTable) {
        table.append(area.columns(of: "aum"))
    }

    /// The epochs, from 0, at which the rate is at least half its peak; all where rates are not known for each.
    static func epochs(rates: [Double?]?, count: Int) -> [Int] {
        let known = rates?.compactMap { $0 } ?? []
        guard known.count == count, let peak = known.max(), peak > 0 else { return Array(0..<count) }
        return (0..<count).filter { known[$0] >= peak / 2 }
    }
}
