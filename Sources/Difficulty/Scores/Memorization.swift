import Tasks

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
                + "is the smaller of the two numbers of members, `_se` joins both errors. With several train ratios: the "
                + "mean of the differences at each ratio that has members of both kinds, and `_n` the sum",
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

    /// Members that train on an example and those that hold it out, at one train ratio. Compared across ratios, the
    /// difference would be that of networks trained on much and on little: most members that hold an example out have
    /// seen little else.
    private struct Stratum {
        var train: ShareAccumulator
        var heldOut: ShareAccumulator

        func difference(_ row: Int) -> Double? {
            guard let a = train.proportion(row).value, let b = heldOut.proportion(row).value else { return nil }
            return a - b
        }

        /// Square of the standard error of the difference.
        func variance(_ row: Int) -> Double? {
            guard let a = train.standardError(row), let b = heldOut.standardError(row) else { return nil }
            return a * a + b * b
        }

        func count(_ row: Int) -> Int32 { min(train.trials[row], heldOut.trials[row]) }
    }

    private let labels: [Int32]
    /// One for each train ratio; a single one for folds, which all leave as much.
    private var strata: [Stratum]
    private let isSubsets: Bool

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        isSubsets = evidence.spec.ratios != nil
        let none = ShareAccumulator(count: labels.count)
        strata = Array(
            repeating: Stratum(train: none, heldOut: none),
            count: evidence.spec.ratios?.count ?? 1
        )
    }

    mutating func add(_ member: MemberEvidence) {
        let flags = member.heldOutFlags
        let stratum = isSubsets ? member.part : 0
        for row in labels.indices where labels[row] >= 0 {
            let right = Int32(member.finalPredictions[row]) == labels[row]
            if flags[row] != 0 {
                strata[stratum].heldOut.add(right, at: row)
            } else {
                strata[stratum].train.add(right, at: row)
            }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        var (difference, error, counts, resisted, trained) = ([Float](), [Float](), [Float](), [Float](), [Float]())
        for row in labels.indices {
            let used = strata.filter { $0.difference(row) != nil }
            let size = Double(used.count)
            difference.append(
                used.isEmpty ? .nan : Float(used.reduce(0) { $0 + ($1.difference(row) ?? 0) } / size)
            )
            let variances = used.compactMap { $0.variance(row) }
            error.append(
                used.isEmpty || variances.count < used.count
                    ? .nan : Float(variances.reduce(0, +).squareRoot() / size)
            )
            // Where no ratio has both kinds it is 0, as it is for one ratio.
            counts.append(Float(used.reduce(0) { $0 + $1.count(row) }))
            let trials = strata.reduce(0) { $0 + $1.train.trials[row] }
            let adopted = strata.reduce(0) { $0 + $1.train.successes[row] }
            resisted.append(trials == 0 ? .nan : 2 * adopted < trials ? 1 : 0)
            trained.append(Float(trials))
        }
        table.append([
            Column(score: "memorization", .value, difference),
            Column(score: "memorization", .count, counts),
            Column(score: "memorization", .standardError, error),
            Column(score: "resisted_label", .value, resisted),
            Column(score: "resisted_label", .count, trained),
        ])
    }
}
