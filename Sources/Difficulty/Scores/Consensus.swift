import Tasks

/// What the networks that never saw an example agree on, whatever its label says (Baldock et al. 2021, section 2).
struct Consensus: ScoreFamily {
    static let needs: Set<EvidenceArray> = [.finalPred]

    private static let reference =
        "Baldock et al. 2021, Deep Learning Through the Lens of Example Difficulty, section 2"

    static let scores = [
        ScoreDescription(
            "consensus_class",
            title: "Consensus class",
            sentence: "The class that most networks that never saw the example give it.",
            formula:
                "most frequent yhat_m(x) over members that hold x out, the lowest class id of a tie; null below two",
            dtype: "category",
            higherIsHarder: nil,
            needs: [.finalPred],
            reference: reference
        ),
        ScoreDescription(
            "consensus_share",
            title: "Consensus share",
            sentence: "The share of networks that never saw the example and agree on its consensus class.",
            formula: "share of yhat_m(x) = consensus_class(x) over members that hold x out; null below two",
            higherIsHarder: false,
            range: [0, 1],
            needs: [.finalPred],
            companions: [.count, .low, .high],
            reference: reference
        ),
        ScoreDescription(
            "vote_entropy",
            title: "Vote entropy",
            sentence: "How divided the networks that never saw the example are about its class.",
            formula: "-sum_c v_c ln v_c, v_c = share of members that hold x out with yhat_m(x) = c; null below two",
            higherIsHarder: true,
            range: [0, nil],
            unit: "nats",
            needs: [.finalPred],
            companions: [.count],
            reference: "Dagan and Engelson 1995, Committee-Based Sampling"
        ),
    ]

    private let classNames: [String]
    private let examples: Int
    /// N x C.
    private var votes: [UInt16]

    init(_ evidence: EvidenceSet, _ job: JobFacts) {
        classNames = evidence.data.classNames
        examples = evidence.count
        votes = [UInt16](repeating: 0, count: examples * classNames.count)
    }

    mutating func add(_ member: MemberEvidence) {
        let flags = member.heldOutFlags
        for row in 0..<examples where flags[row] != 0 {
            votes[row * classNames.count + Int(member.finalPredictions[row])] += 1
        }
        withExtendedLifetime(member) {}
    }

    func finish(_ table: inout ColumnTable) {
        let classes = classNames.count
        var winner = [Int32](repeating: -1, count: examples)
        var counts = [Float](repeating: 0, count: examples)
        var (share, low, high, entropy) = (counts, counts, counts, counts)
        for row in 0..<examples {
            let votes = votes[row * classes..<(row + 1) * classes]
            let total = votes.reduce(0) { $0 + Int($1) }
            counts[row] = Float(total)
            var best = votes.startIndex
            for index in votes.indices where votes[index] > votes[best] { best = index }
            let agreement = Proportion(votes[best], of: total)
            let enough = total >= 2
            if enough { winner[row] = Int32(best - votes.startIndex) }
            share[row] = column(enough ? agreement.value : nil)
            low[row] = column(enough ? agreement.interval?.low : nil)
            high[row] = column(enough ? agreement.interval?.high : nil)
            entropy[row] = column(enough ? Softmax.entropy(votes.lazy.map { Double($0) / Double(total) }) : nil)
        }
        table.append([
            Column(score: "consensus_class", codes: winner, categories: classNames),
            Column(score: "consensus_share", .value, share),
            Column(score: "consensus_share", .count, counts),
            Column(score: "consensus_share", .low, low),
            Column(score: "consensus_share", .high, high),
            Column(score: "vote_entropy", .value, entropy),
            Column(score: "vote_entropy", .count, counts),
        ])
    }
}
