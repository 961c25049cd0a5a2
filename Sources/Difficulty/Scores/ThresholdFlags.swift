import Arrays
import Tasks

/// Wrong labels by threshold samples (Pleiss et al. 2020, section 3.2): examples whose area under the margin is below that
/// of nearly all examples that were given a class that does not exist.
///
/// The paper judges the examples outside the first run's threshold samples by that run, and those samples by the second
/// one. Here every run judges all examples that keep their label in it, and a flag needs all of them: two for an example
/// that is a sample in neither, so that no flag rests on one network's luck where there are two.
struct ThresholdFlags: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.margin]
    static let plan: String? = "threshold_samples"

    /// The share of a run's threshold samples that lies below the threshold, as in the paper.
    static let percentile = 0.99

    static let scores = [
        ScoreDescription(
            "aum_flagged",
            title: "Flagged by threshold samples",
            sentence: "Whether the label is learned no better than a class that does not exist: 1 is probably wrong.",
            formula:
                "1 where aum of x is below the threshold in each run in which x keeps its label, else 0; the threshold of a "
                + "run is the 99th percentile (linear interpolation, position 0.99 (n-1) from 0) of aum of its threshold "
                + "samples, N / (C+1) examples that carry the fake class C in it",
            higherIsHarder: true,
            range: [0, 1],
            needs: [.margin],
            plan: plan,
            reference:
                "Pleiss et al. 2020, Identifying Mislabeled Data using the Area Under the Margin Ranking, section 3.2"
        )
    ]

    private let sets: [UInt8]
    /// N: whether the example may be judged.
    private let isLabelled: [Bool]
    /// By example: runs in which it keeps its label, and those in which it is below the threshold.
    private var judged: [UInt8]
    private var below: [UInt8]
    private var runs: [ThresholdSummary.Run] = []

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        sets = evidence.thresholdSets ?? []
        isLabelled = evidence.labels.map { $0 >= 0 }
        judged = [UInt8](repeating: 0, count: evidence.count)
        below = judged
    }

    mutating func add(_ member: MemberEvidence) {
        guard let areas = AreaUnderMargin.areas(member, examples: judged.count) else { return }
        let flags = member.heldOutFlags
        let trained = judged.indices.filter { flags[$0] == 0 && isLabelled[$0] }
        let samples = trained.filter { Int(sets[$0]) == member.index + 1 }.map { areas[$0] }.sorted()
        withExtendedLifetime(member) {}
        guard !samples.isEmpty else { return }
        let threshold = Quantile.of(samples, at: Self.percentile)
        runs.append(.init(run: member.index, samples: samples.count, threshold: threshold))
        for row in trained where Int(sets[row]) != member.index + 1 {
            judged[row] += 1
            if areas[row] < threshold { below[row] += 1 }
        }
    }

    func finish(_ table: inout ColumnTable) {
        let flagged = judged.indices.map { judged[$0] == 0 ? .nan : below[$0] == judged[$0] ? 1 : 0 as Float }
        table.append([Column(score: "aum_flagged", .value, flagged)])
        table.thresholds = ThresholdSummary(
            percentile: Self.percentile,
            runs: runs,
            judged: judged.count { $0 > 0 },
            flagged: flagged.count { $0 == 1 }
        )
    }
}
