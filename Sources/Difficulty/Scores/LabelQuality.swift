import Arrays
import Tasks

/// Label quality (Northcutt et al. 2021) from held-out probabilities, averaged over the snapshots that
/// `TStar` chooses for the job.
struct LabelQuality: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.snapshotEpochs, .heldOutLogits]
    static let noiseSensitive: Set<String> = ["issue_score", "self_confidence", "normalized_margin"]

    private static let reference = "Northcutt et al. 2021, Confident Learning, sections 2 and 3"

    static let scores = [
        ScoreDescription(
            "issue_score",
            title: "Issue score",
            sentence:
                "How suspicious the label is: how little networks that never saw the example believe in it, and how far "
                + "those that saw it had to be pushed to take it on.",
            formula:
                "(r(1 - self_confidence) + 2 r(-aum)) / 3, r = (rank - 1/2) / number of values, ties sharing their mean rank; the "
                + "first term alone where no member trains on x; 1 - self_confidence where there is no aum at all. Ranks by it "
                + "break ties by normalized_margin (smaller first), then row",
            higherIsHarder: true,
            range: [0, 1],
            needs: [.heldOutLogits],
            companions: [.count],
            reference: reference
        ),
        ScoreDescription(
            "self_confidence",
            title: "Self-confidence",
            sentence: "The probability that networks that never saw the example give its label.",
            formula:
                "mean over members that hold x out, and over the snapshots up to t*, of p_y(x): the run of neighbouring "
                + "snapshots whose mean has the least mean held-out cross-entropy; t* is its last",
            higherIsHarder: false,
            range: [0, 1],
            needs: [.heldOutLogits],
            companions: [.count, .standardError],
            reference: reference
        ),
        ScoreDescription(
            "normalized_margin",
            title: "Normalised margin",
            sentence: "How far the given label's probability is ahead of the best other class.",
            formula:
                "q_y - max_{j != y} q_j, q = mean over members that hold x out, and over snapshots up to t*, of p(x)",
            higherIsHarder: false,
            range: [-1, 1],
            needs: [.heldOutLogits],
            companions: [.count],
            reference: reference
        ),
        ScoreDescription(
            "suggested_label",
            title: "Suggested label",
            sentence: "The class that networks that never saw the example believe in, where it is not the given label.",
            formula: "argmax_c q_c where that is not y, the lowest class id of a tie",
            dtype: "category",
            higherIsHarder: nil,
            needs: [.heldOutLogits],
            reference: reference
        ),
    ]

    private let labels: [Int32]
    private let isPlanted: @Sendable (Int) -> Bool
    private let classNames: [String]
    private let tStar: TStar?
    private var own: MeanAccumulator
    private var counts: [Int32]
    /// N x C, sums over members.
    private var probabilities: [Double]

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        isPlanted = evidence.isPlanted
        classNames = evidence.data.classNames
        tStar = job.tStar
        own = MeanAccumulator(count: labels.count)
        counts = [Int32](repeating: 0, count: labels.count)
        probabilities = [Double](repeating: 0, count: labels.count * classNames.count)
    }

    mutating func add(_ member: MemberEvidence) {
        guard let tStar, let logits = member.heldOutLogits?.elements else { return }
        let flags = member.heldOutFlags
        let classes = classNames.count
        var softmax = Softmax(classes: classes)
        let stride = member.heldOutCount * classes
        let snapshots = tStar.snapshots
        var mean = [Double](repeating: 0, count: classes)
        var offset = 0
        for row in labels.indices where flags[row] != 0 {
            for index in 0..<classes { mean[index] = 0 }
            for snapshot in snapshots {
                softmax.take(logits, at: snapshot * stride + offset)
                for index in 0..<classes { mean[index] += softmax.probabilities[index] / Double(snapshots.count) }
            }
            offset += classes
            counts[row] += 1
            for index in 0..<classes { probabilities[row * classes + index] += mean[index] }
            if labels[row] >= 0 { own.add(mean[Int(labels[row])], at: row) }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        let classes = classNames.count
        var mean = [Float](repeating: .nan, count: probabilities.count)
        var margin = [Float](repeating: .nan, count: labels.count)
        var suggestion = [Int32](repeating: -1, count: labels.count)
        for row in labels.indices where counts[row] > 0 {
            var top = 0
            for index in 0..<classes {
                mean[row * classes + index] = Float(probabilities[row * classes + index] / Double(counts[row]))
                if probabilities[row * classes + index] > probabilities[row * classes + top] { top = index }
            }
            // Nobody is to correct a label that this job made wrong itself.
            if Int32(top) != labels[row], !isPlanted(row) { suggestion[row] = Int32(top) }
            guard labels[row] >= 0, classes > 1 else { continue }
            let given = Int(labels[row])
            let other = (0..<classes).lazy.filter { $0 != given }.map { probabilities[row * classes + $0] }.max() ?? 0
            margin[row] = Float((probabilities[row * classes + given] - other) / Double(counts[row]))
        }
        table.append([
            Column(
                score: "issue_score",
                .value,
                Suspicion.scores(
                    doubt: labels.indices.map { column(own.mean($0).map { 1 - $0 }) },
                    margin: table.numbers("aum")
                )
            ),
            Column(score: "issue_score", .count, own.countColumn()),
        ])
        table.append(own.columns(of: "self_confidence"))
        table.append([
            Column(score: "normalized_margin", .value, margin),
            Column(score: "normalized_margin", .count, own.countColumn()),
            Column(score: "suggested_label", codes: suggestion, categories: classNames),
        ])
        table.heldOutProbabilities = mean
    }
}
