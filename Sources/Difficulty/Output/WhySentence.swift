/// One plain sentence or two that say why an example's scores are as they are, with the counts behind them.
struct WhySentence {
    /// Votes of the finished networks that held the example out, by class.
    var heldOutVotes: [Int]
    /// Votes of the finished networks that trained on it, by class.
    var trainVotes: [Int]
    /// Deepest of the held-out members' defined depths; nil where none is defined.
    var latestDepth: Int?
    /// Held-out members whose layers never settle.
    var undefined: Int
    /// P-1; 0 without probes.
    var lastLayer: Int
    /// Training depth as a share of the layers; nil where there is none.
    var trainDepth: Double?
    /// The given label's class; nil where missing.
    var label: Int?
    /// Forgetting events as counted, over all trainings; nil where no dynamics were recorded.
    var forgotten: Int?
    /// Trainings in which it was never predicted right.
    var neverLearned: Int
    var group: DifficultyMap.Group?
    var issue: IssueKind?
    /// The two most probable classes of an ambiguous example.
    var between: [Int]
    var classNames: [String]
    /// `picture` or `example`.
    var noun: String
    /// Cuts between low and high depth in training.
    var trainCuts = GroupCuts(fixed: 0.25, 0.5).train

    var text: String {
        let first = [heldOutClause, trainClause].compactMap { $0 }.joined(separator: "; ")
        return [first + ".", verdict].compactMap { $0 }.joined(separator: " ")
    }

    private var heldOutCount: Int { heldOutVotes.reduce(0, +) }
    private var trainCount: Int { trainVotes.reduce(0, +) }
    /// The class most held-out networks give, the lowest of a tie.
    private var winner: Int? {
        guard heldOutCount > 0 else { return nil }
        return heldOutVotes.indices.max { (heldOutVotes[$0], $1) < (heldOutVotes[$1], $0) }
    }

    private func name(_ index: Int) -> String { classNames[index] }

    private var heldOutClause: String {
        guard let winner else { return "No finished network was kept from seeing this \(noun)" }
        let count = heldOutCount
        let agreement =
            if winner == label {
                ", as its label says"
            } else if let label, trainCount == 0 {
                ", not \(name(label)) as its label says"
            } else {
                ""
            }
        if heldOutVotes[winner] == count {
            let subject =
                switch count {
                case 1: "The one network that never saw this \(noun) calls"
                case 2: "Both networks that never saw this \(noun) call"
                default: "All \(count) networks that never saw this \(noun) call"
                }
            return "\(subject) it \(name(winner))\(agreement)\(depthPhrase)"
        }
        let order = heldOutVotes.indices.filter { heldOutVotes[$0] > 0 }
            .sorted { (heldOutVotes[$1], $0) < (heldOutVotes[$0], $1) }
        let parts = order.prefix(3).map {
            "\(heldOutVotes[$0]) \(heldOutVotes[$0] == 1 ? "calls" : "call") it \(name($0))"
        }
        let rest = order.dropFirst(3).reduce(0) { $0 + heldOutVotes[$1] }
        let others = rest > 0 ? ["\(rest) something else"] : []
        return "Of \(count) networks that never saw this \(noun), \(Wording.list(parts + others))\(depthPhrase)"
    }

    private var depthPhrase: String {
        guard lastLayer > 0 else { return "" }
        if undefined > 0 {
            return ", and in \(undefined) of \(heldOutCount) even the last layer's neighbours vote for another class"
        }
        guard let latestDepth else { return "" }
        if latestDepth == 0 { return ", from the input on" }
        return ", by layer \(latestDepth) of \(lastLayer) at the latest"
    }

    private var trainClause: String? {
        guard trainCount > 0, let label else { return nil }
        var parts: [String] = []
        if let winner, winner != label {
            let own = trainVotes[label]
            if 2 * own < trainCount {
                let few = own == 0 ? "none" : "only \(own)"
                parts.append(
                    "\(few) of \(trainCount) networks trained on \"\(name(label))\" \(own < 2 ? "ends" : "end") up giving that label"
                )
            } else if let trainDepth {
                let when =
                    trainDepth >= trainCuts.high
                    ? "only in the last layers"
                    : trainDepth <= trainCuts.low ? "from the early layers on" : "in the middle layers"
                parts.append("networks trained on \"\(name(label))\" follow that label \(when)")
            } else {
                parts.append("\(own) of \(trainCount) trained on \"\(name(label))\" follow that label")
            }
        }
        if neverLearned > 0 {
            parts.append("it was never learned in \(neverLearned) of \(trainCount) trainings")
        } else if let forgotten {
            parts.append(
                forgotten == 0
                    ? "once learned it was never forgotten"
                    : "it was forgotten \(Wording.count(forgotten, "time")) in \(Wording.count(trainCount, "training"))"
            )
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private var verdict: String? {
        switch (issue, group) {
        case (.mislabelled, _): "Typical of a wrong label."
        case (.duplicateConflict, _): "The same or nearly the same input also occurs with another label."
        case (.ambiguous, _):
            between.count == 2
                ? "Typical of \(article) \(noun) between \(name(between[0])) and \(name(between[1]))."
                : "Typical of an ambiguous \(noun)."
        case (.atypical, _): "Typical of an unusual \(noun): no class is probable."
        case (nil, .easy): "Typical of an easy \(noun)."
        case (nil, .looksLikeAnotherClass): "It looks like another class until its label is memorised."
        case (nil, .ambiguousWithoutLabel): "The networks hesitate unless they know the label."
        case (nil, .ambiguous): "Hard with and without the label."
        case (nil, .intermediate), (nil, nil): nil
        }
    }

    private var article: String { noun.first.map { "aeiou".contains($0) } == true ? "an" : "a" }
}
