/// Memorisation (Feldman and Zhang 2020): what an example's own presence in the training set does to its prediction;
/// and whether its label was adopted at all.
struct Memorization: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.finalPred]
    static let noiseSensitive: Set<String> = ["memorization", "resisted_label"]

    static func rests(on score: String) -> Set<Membership> {
        score == "memorization" ? [.training, .heldOut] : [.training]
    }

    static let scores = [
        ScoreDescription(
            "memorization",
            title: "Memorisation",
            sentence: "How much more often networks give the example its label when they were trained on it.",
            formula:
                "share of yhat_m(x) = y(x) over members that train on x, minus the same over members that hold x out; `_n` "
                + "is the smaller of the two numbers of members, `_se` joins both errors",
            higherIsHarder: true,
            range: [-1, 1],
            needs: [.finalPred],
            companions: [.count, .standardError],
            reference: "Feldman and Zhang 2020, What Neural Networks Memorize and Why, section 2.1"
        ),
        ScoreDescription(
            "resisted_label",
            title: "Resisted label",
            sentence: "Whether most networks trained on the example end up refusing its label.",
            formula: "1 if yhat_m(x) != y(x) in more than half of the members that train on x, else 0",
            higherIsHarder: true,
            range: [0, 1],
            needs: [.finalPred],
            companions: [.count],
            reference: "Baldock et al. 2021: training depth means little where the label was not fitted"
        ),
    ]

    private let labels: [Int32]
    private var train: ShareAccumulator
    private var heldOut: ShareAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        train = ShareAccumulator(count: labels.count)
        heldOut = train
    }

    mutating func add(_ member: MemberEvidence) {
        let flags = member.heldOutFlags
        for row in labels.indices where labels[row] >= 0 {
            let right = Int32(member.finalPredictions[row]) == labels[row]
            if flags[row] != 0 { heldOut.add(right, at: row) } else { train.add(right, at: row) }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        let rows = labels.indices
        let difference = rows.map { row -> Float in
            guard let a = train.proportion(row).value, let b = heldOut.proportion(row).value else { return .nan }
            return Float(a - b)
        }
        let error = rows.map { row -> Float in
            guard let a = train.standardError(row), let b = heldOut.standardError(row) else { return .nan }
            return Float((a * a + b * b).squareRoot())
        }
        let counts = rows.map { Float(min(train.trials[$0], heldOut.trials[$0])) }
        let resisted = rows.map { row -> Float in
            train.trials[row] == 0 ? .nan : 2 * train.successes[row] < train.trials[row] ? 1 : 0
        }
        table.append([
            Column(score: "memorization", .value, difference),
            Column(score: "memorization", .count, counts),
            Column(score: "memorization", .standardError, error),
            Column(score: "resisted_label", .value, resisted),
            Column(score: "resisted_label", .count, train.trials.map(Float.init)),
        ])
    }
}
