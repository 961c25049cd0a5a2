import Arrays
import Tasks

/// How sure the finished networks are of an example that they never saw.
struct Confidence: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.finalLogits]

    private static let entropyReference =
        "Lakshminarayanan et al. 2017, Simple and Scalable Predictive Uncertainty; Depeweg et al. 2018 (decomposition)"

    static let scores = [
        ScoreDescription(
            "heldout_confidence",
            title: "Held-out confidence",
            sentence: "How sure networks that never saw the example are of the class they give it.",
            formula: "mean over members that hold x out of max_c p_c(x)",
            higherIsHarder: false,
            range: [0, 1],
            needs: [.finalLogits],
            companions: [.count, .standardError],
            reference: "Baldock et al. 2021, section 2"
        ),
        ScoreDescription(
            "predictive_entropy",
            title: "Predictive entropy",
            sentence: "The uncertainty about the class when the networks that never saw the example are averaged.",
            formula: "-sum_c q_c ln q_c, q = mean of p(x) over members that hold x out",
            higherIsHarder: true,
            range: [0, nil],
            unit: "nats",
            needs: [.finalLogits],
            companions: [.count],
            reference: entropyReference
        ),
        ScoreDescription(
            "mutual_information",
            title: "Mutual information",
            sentence: "The part of the uncertainty that comes from the networks' disagreeing with each other.",
            formula: "predictive_entropy - mean over members that hold x out of the entropy of p(x); null below two",
            higherIsHarder: true,
            range: [0, nil],
            unit: "nats",
            needs: [.finalLogits],
            companions: [.count],
            reference: entropyReference
        ),
        ScoreDescription(
            "output_margin",
            title: "Output margin",
            sentence: "How far the winning class is ahead of the runner-up in networks that never saw the example.",
            formula: "mean over members that hold x out of (largest logit - second largest logit)",
            higherIsHarder: false,
            range: [0, nil],
            unit: "logits",
            needs: [.finalLogits],
            companions: [.count, .standardError],
            reference: "Baldock et al. 2021, section 2"
        ),
    ]

    private let examples: Int
    private let classes: Int
    private var confidence: MeanAccumulator
    private var margin: MeanAccumulator
    private var entropy: MeanAccumulator
    /// N x C, sums over members.
    private var probabilities: [Double]

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        examples = evidence.count
        classes = evidence.classes
        confidence = MeanAccumulator(count: examples)
        margin = confidence
        entropy = confidence
        probabilities = [Double](repeating: 0, count: examples * classes)
    }

    mutating func add(_ member: MemberEvidence) {
        guard let logits = member.finalLogits?.elements else { return }
        let flags = member.heldOutFlags
        var softmax = Softmax(classes: classes)
        for row in 0..<examples where flags[row] != 0 {
            softmax.take(logits, at: row * classes)
            let top = Int(member.finalPredictions[row])
            var runnerUp = -Double.infinity
            for index in 0..<classes {
                probabilities[row * classes + index] += softmax.probabilities[index]
                if index != top { runnerUp = max(runnerUp, Double(logits[row * classes + index])) }
            }
            confidence.add(softmax.probabilities[top], at: row)
            entropy.add(softmax.entropy, at: row)
            if classes > 1 { margin.add(Double(logits[row * classes + top]) - runnerUp, at: row) }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        var predictive = [Float](repeating: .nan, count: examples)
        var mutual = predictive
        for row in 0..<examples where confidence.counts[row] > 0 {
            let count = Double(confidence.counts[row])
            let mean = (0..<classes).lazy.map { probabilities[row * classes + $0] / count }
            let total = Softmax.entropy(mean)
            predictive[row] = Float(total)
            if count >= 2, let own = entropy.mean(row) { mutual[row] = Float(max(0, total - own)) }
        }
        table.append(confidence.columns(of: "heldout_confidence"))
        table.append([
            Column(score: "predictive_entropy", .value, predictive),
            Column(score: "predictive_entropy", .count, confidence.countColumn()),
            Column(score: "mutual_information", .value, mutual),
            Column(score: "mutual_information", .count, confidence.countColumn()),
        ])
        table.append(margin.columns(of: "output_margin"))
    }
}
