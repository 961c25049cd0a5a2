import Arrays
import Tasks

/// Data maps (Swayamdipta et al. 2020) and Data-IQ (Seedat et al. 2022): statistics over time of the probability that
/// networks in training give an example's label.
struct DataMaps: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.pLabel, .correct]
    static let noiseSensitive: Set<String> = ["datamap_confidence", "datamap_variability", "datamap_correctness"]

    private static let maps = "Swayamdipta et al. 2020, Dataset Cartography, section 2"
    private static let dataIQ = "Seedat et al. 2022, Data-IQ, section 3"

    static let scores = [
        describe(
            "datamap_confidence",
            "Data map: confidence",
            "The probability of the given label, averaged over training.",
            "mean_t p_y",
            false,
            [0, 1],
            maps
        ),
        describe(
            "datamap_variability",
            "Data map: variability",
            "How much the probability of the given label moves in the course of training.",
            "population standard deviation over t of p_y",
            true,
            [0, 0.5],
            maps
        ),
        describe(
            "datamap_correctness",
            "Data map: correctness",
            "At how many observations during training the example was predicted right.",
            "#{t : acc_t = 1}",
            false,
            [0, nil],
            maps,
            unit: "observations"
        ),
        describe(
            "dataiq_aleatoric",
            "Data-IQ: aleatoric",
            "The uncertainty that stays however long the networks train.",
            "mean_t p_y (1 - p_y)",
            true,
            [0, 0.25],
            dataIQ
        ),
        describe(
            "dataiq_epistemic",
            "Data-IQ: epistemic",
            "The uncertainty that training removes.",
            "population variance over t of p_y",
            true,
            [0, 0.25],
            dataIQ
        ),
    ]

    private static func describe(
        _ name: String,
        _ title: String,
        _ sentence: String,
        _ formula: String,
        _ higherIsHarder: Bool,
        _ range: [Double?],
        _ reference: String,
        unit: String = ""
    ) -> ScoreDescription {
        ScoreDescription(
            name,
            title: title,
            sentence: sentence,
            formula: formula + ", mean over members that train on x",
            higherIsHarder: higherIsHarder,
            range: range,
            unit: unit,
            needs: name == "datamap_correctness" ? [.correct] : [.pLabel],
            companions: [.count, .standardError],
            reference: reference
        )
    }

    private let labels: [Int32]
    private var confidence: MeanAccumulator
    private var variability: MeanAccumulator
    private var correctness: MeanAccumulator
    private var aleatoric: MeanAccumulator
    private var epistemic: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        confidence = MeanAccumulator(count: labels.count)
        variability = confidence
        correctness = confidence
        aleatoric = confidence
        epistemic = confidence
    }

    mutating func add(_ member: MemberEvidence) {
        guard let probability = member.pLabel?.elements, member.epochs > 0 else { return }
        let examples = labels.count
        let flags = member.heldOutFlags
        let epochs = Double(member.epochs)
        var correct = [UInt8](repeating: 0, count: examples)
        var right = [Int](repeating: 0, count: examples)
        // Mean and squared deviations over time (Welford), and the mean of p(1-p).
        var mean = [Double](repeating: 0, count: examples)
        var (squares, doubt) = (mean, mean)
        for t in 0..<member.epochs {
            member.readCorrect(at: t, labels: labels, into: &correct)
            for row in 0..<examples {
                let p = Double(probability[t * examples + row])
                let difference = p - mean[row]
                mean[row] += difference / Double(t + 1)
                squares[row] += difference * (p - mean[row])
                doubt[row] += p * (1 - p)
                right[row] += Int(correct[row])
            }
        }
        for row in 0..<examples where flags[row] == 0 {
            confidence.add(mean[row], at: row)
            variability.add((max(0, squares[row]) / epochs).squareRoot(), at: row)
            correctness.add(Double(right[row]), at: row)
            aleatoric.add(doubt[row] / epochs, at: row)
            epistemic.add(max(0, squares[row]) / epochs, at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        table.append(confidence.columns(of: "datamap_confidence"))
        table.append(variability.columns(of: "datamap_variability"))
        table.append(correctness.columns(of: "datamap_correctness"))
        table.append(aleatoric.columns(of: "dataiq_aleatoric"))
        table.append(epistemic.columns(of: "dataiq_epistemic"))
    }
}
