import Arrays
import Tasks

/// Forgetting (Toneva et al. 2019), over the members that train on an example.
struct Forgetting: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.correct]
    static let noiseSensitive: Set<String> = [
        "forgetting_events", "forgetting_rate", "never_learned", "unforgettable_share", "first_learned",
        "presentations_to_learn",
    ]

    private static let reference =
        "Toneva et al. 2019, An Empirical Study of Example Forgetting during Deep Neural Network Learning"

    static let scores = [
        describe(
            "forgetting_events",
            "Forgetting events",
            "How often networks in training lost the example after having had it right; never learned counts as always.",
            "sum over members that train on x of #{t : acc_{t-1} = 1, acc_t = 0}, T for a member that never learned x",
            higherIsHarder: true,
            unit: "events",
            companions: [.count]
        ),
        describe(
            "forgetting_events_counted",
            "Forgetting events, as counted",
            "How often networks in training lost the example after having had it right; never learned counts as zero.",
            "sum over members that train on x of #{t : acc_{t-1} = 1, acc_t = 0}",
            higherIsHarder: true,
            unit: "events",
            companions: [.count]
        ),
        describe(
            "never_learned",
            "Never learned",
            "In how many trainings the example was never predicted right.",
            "#{members that train on x : acc_t(x) = 0 for all t}",
            higherIsHarder: true,
            unit: "members",
            companions: [.count]
        ),
        describe(
            "forgetting_rate",
            "Forgetting rate",
            "Forgetting events per training, a never-learned example counting as always forgotten.",
            "forgetting_events / number of members that train on x",
            higherIsHarder: true,
            unit: "events per member",
            companions: [.count, .standardError]
        ),
        describe(
            "unforgettable",
            "Unforgettable",
            "Whether every training learned the example and never lost it again.",
            "1 if each member that trains on x has acc_t = 1 for some t and no forgetting event, else 0",
            higherIsHarder: false,
            range: [0, 1],
            companions: [.count]
        ),
        describe(
            "unforgettable_share",
            "Unforgettable share",
            "The share of trainings that learned the example and never lost it again.",
            "share of members that train on x with acc_t = 1 for some t and no forgetting event",
            higherIsHarder: false,
            range: [0, 1],
            companions: [.count, .low, .high]
        ),
        describe(
            "first_learned",
            "First learned",
            "The observation, from 1, at which the example was first predicted right.",
            "mean over members that learned x of min{t in 1..T : acc_t = 1}",
            higherIsHarder: true,
            range: [1, nil],
            unit: "presentations",
            companions: [.count, .standardError]
        ),
        describe(
            "presentations_to_learn",
            "Presentations to learn",
            "How many presentations went by before the example stayed right.",
            "mean over members that train on x of 1 + (last wrong observation, counted from 0), 0 if none is wrong; T if "
                + "even the last is wrong",
            higherIsHarder: true,
            range: [0, nil],
            unit: "presentations",
            companions: [.count, .standardError]
        ),
        ScoreDescription(
            "misclassification_margin",
            title: "Misclassification margin",
            sentence: "How clearly wrong the networks were whenever they forgot the example.",
            formula: "mean over all forgetting events of z_y - max_{j != y} z_j; `_n` counts the events",
            higherIsHarder: false,
            range: [nil, 0],
            unit: "logits",
            needs: [.correct, .margin],
            companions: [.count, .standardError],
            reference: reference
        ),
    ]

    private static func describe(
        _ name: String,
        _ title: String,
        _ sentence: String,
        _ formula: String,
        higherIsHarder: Bool,
        range: [Double?] = [0, nil],
        unit: String = "",
        companions: [Column.Companion]
    ) -> ScoreDescription {
        ScoreDescription(
            name,
            title: title,
            sentence: sentence,
            formula: formula,
            higherIsHarder: higherIsHarder,
            range: range,
            unit: unit,
            needs: [.correct],
            companions: companions,
            reference: reference
        )
    }

    private let labels: [Int32]
    private var events: [Int]
    private var counted: [Int]
    private var never: ShareAccumulator
    private var unforgettable: ShareAccumulator
    private var rate: MeanAccumulator
    private var first: MeanAccumulator
    private var presentations: MeanAccumulator
    private var margins: MeanAccumulator
    private let hasMargins: Bool

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        labels = evidence.labels
        hasMargins = evidence.arrays.contains(.margin)
        events = [Int](repeating: 0, count: labels.count)
        counted = events
        never = ShareAccumulator(count: labels.count)
        unforgettable = never
        rate = MeanAccumulator(count: labels.count)
        first = rate
        presentations = rate
        margins = rate
    }

    mutating func add(_ member: MemberEvidence) {
        let examples = labels.count
        let flags = member.heldOutFlags
        let logitMargins = member.margin?.elements
        var tally = ForgettingTally(count: examples)
        var correct = [UInt8](repeating: 0, count: examples)
        for t in 0..<member.epochs {
            member.readCorrect(at: t, labels: labels, into: &correct)
            tally.observe(correct) { row in
                guard let logitMargins, flags[row] == 0 else { return }
                margins.add(Double(logitMargins[t * examples + row]), at: row)
            }
        }
        for row in 0..<examples where flags[row] == 0 {
            let neverLearned = tally.neverLearned(row)
            events[row] += tally.eventsOrAll(row)
            counted[row] += Int(tally.events[row])
            never.add(neverLearned, at: row)
            unforgettable.add(!neverLearned && tally.events[row] == 0, at: row)
            rate.add(Double(tally.eventsOrAll(row)), at: row)
            if !neverLearned { first.add(Double(tally.firstCorrect[row]), at: row) }
            presentations.add(Double(tally.lastWrong[row]), at: row)
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        let counts = rate.countColumn()
        func known(_ value: (Int) -> Float) -> [Float] {
            counts.indices.map { counts[$0] > 0 ? value($0) : .nan }
        }
        func put(_ score: String, _ value: (Int) -> Float) {
            table.append([Column(score: score, .value, known(value)), Column(score: score, .count, counts)])
        }
        put("forgetting_events") { Float(events[$0]) }
        put("forgetting_events_counted") { Float(counted[$0]) }
        put("never_learned") { Float(never.successes[$0]) }
        table.append(rate.columns(of: "forgetting_rate"))
        put("unforgettable") { unforgettable.successes[$0] == unforgettable.trials[$0] ? 1 : 0 }
        table.append(unforgettable.columns(of: "unforgettable_share", standardError: false))
        table.append(first.columns(of: "first_learned"))
        table.append(presentations.columns(of: "presentations_to_learn"))
        if hasMargins { table.append(margins.columns(of: "misclassification_margin")) }
    }
}
