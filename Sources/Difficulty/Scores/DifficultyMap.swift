import Arrays
import Tasks

/// The corner of the two-dimensional map of held-out and training depth in which an example lies (Baldock et al. 2021,
/// section 5; the names are ours, the quadrants theirs).
struct DifficultyMap: ScoreFamily {
    static let needs: Set<EvidenceArray> = PredictionDepth.needs

    /// The categories, in the order of their codes.
    enum Group: Int32, CaseIterable {
        case easy
        case looksLikeAnotherClass
        case ambiguousWithoutLabel
        case ambiguous
        case intermediate

        var name: String {
            switch self {
            case .easy: "easy"
            case .looksLikeAnotherClass: "looks_like_another_class"
            case .ambiguousWithoutLabel: "ambiguous_without_label"
            case .ambiguous: "ambiguous"
            case .intermediate: "intermediate"
            }
        }
    }

    static func rests(on score: String) -> Set<Membership> { [.training, .heldOut] }

    static let scores = [
        ScoreDescription(
            "group",
            title: "Group",
            sentence: "Whether the class is decided early or late, with and without the example in the training set.",
            formula:
                "x = held-out depth, y = training depth, both `_filled` / (P-1) (= `_rel` where nothing is undefined); low: "
                + "<= 0.25, high: >= 0.5 (by option <= q25, >= q75 of the axis). low/low easy, low/high looks_like_another_class, high/low "
                + "ambiguous_without_label, high/high ambiguous; else, and within one standard error of a cut, "
                + "intermediate; null below two held-out members",
            dtype: "category",
            higherIsHarder: nil,
            needs: [.votes, .finalPred],
            options: [
                .init(name: "group_low", standard: "0.25", effect: "The largest share of the layers that is low"),
                .init(name: "group_high", standard: "0.5", effect: "The smallest share of the layers that is high"),
                .init(
                    name: "group_cuts",
                    standard: "fixed",
                    effect:
                        "quartiles: low and high are the first and third quartile of each axis over this job's examples with "
                        + "both depths (linear interpolation; without the test split and planted labels) in place of group_low "
                        + "and group_high, which hold for both axes where the quartiles of one are equal"
                ),
            ],
            reference: "Baldock et al. 2021, Deep Learning Through the Lens of Example Difficulty, section 5"
        )
    ]

    private let examples: Int
    private let layers: Double
    private let options: ScoreOptions
    /// N: whether the example has a say in the quartiles.
    private let isCounted: [Bool]
    private let probes: Int
    private var heldOut: MeanAccumulator
    private var train: MeanAccumulator

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        examples = evidence.count
        probes = evidence.probes
        layers = Double(max(1, probes - 1))
        options = evidence.options
        isCounted = (0..<examples).map { !evidence.data.isTest[$0] && !evidence.isPlanted($0) }
        heldOut = MeanAccumulator(count: examples)
        train = heldOut
    }

    mutating func add(_ member: MemberEvidence) {
        guard let votes = member.votes else { return }
        let depths = PredictionDepth.depths(votes: votes.elements, finals: member.finalPredictions)
        let flags = member.heldOutFlags
        for row in 0..<examples {
            let share = Double(depths[row]) / layers
            if flags[row] != 0 { heldOut.add(share, at: row) } else { train.add(share, at: row) }
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        let cuts = cuts
        let codes = (0..<examples).map { row -> Int32 in
            guard heldOut.counts[row] >= 2, let x = side(heldOut, row, cuts.heldout),
                let y = side(train, row, cuts.train)
            else { return -1 }
            let group: Group =
                switch (x, y) {
                case (.low, .low): .easy
                case (.low, .high): .looksLikeAnotherClass
                case (.high, .low): .ambiguousWithoutLabel
                case (.high, .high): .ambiguous
                default: .intermediate
                }
            return group.rawValue
        }
        table.append([Column(score: "group", codes: codes, categories: Group.allCases.map(\.name))])
        table.groupCuts = cuts
    }

    /// Those that were asked for, or the fixed ones where quartiles do not divide an axis.
    private var cuts: GroupCuts {
        let fixed = GroupCuts(fixed: options.lowDepth, options.highDepth)
        guard options.groupCuts == .quartiles else { return fixed }
        let depths = isCounted.indices.compactMap { row -> (Double, Double)? in
            guard isCounted[row], let x = heldOut.mean(row), let y = train.mean(row) else { return nil }
            return (x, y)
        }
        return GroupCuts(quartilesOf: depths.map(\.0), depths.map(\.1)) ?? fixed
    }

    private enum Side { case low, between, high }

    /// Where a mean depth lies; between the cuts too if its error is unknown or reaches over the cut. Nil without any.
    private func side(_ depth: MeanAccumulator, _ row: Int, _ cuts: GroupCuts.Axis) -> Side? {
        guard let mean = depth.mean(row) else { return nil }
        guard let error = depth.standardError(row) else { return .between }
        // Depths are whole layers, so a mean is often exactly one error from a cut: that is far enough, whatever rounding
        // does.
        let slack = 1e-9
        if mean <= cuts.low + slack, cuts.low - mean >= error - slack { return .low }
        if mean >= cuts.high - slack, mean - cuts.high >= error - slack { return .high }
        return .between
    }
}
