import Arrays

/// Answers improved by the votes of a middle layer (Baldock et al. 2021, section 4): where an example is decided late,
/// an earlier probe's neighbours can be right where the network is not.
///
/// The rule: answer with the vote of probe l where the depth is at least d and at least s of the k neighbours agree,
/// otherwise with the network. (l, d, s) is chosen on one half of the held-out examples; what it gains is measured on
/// the other, so that the choice does not flatter itself. The halves are made of examples, not of pairs of example and
/// member: all members' answers on one example are on the same side.
struct MiddleLayerVotes {
    /// Replicates of the bootstrap.
    private static let replicates = 1000

    /// The tuned rule.
    private struct Rule {
        var probe: Int
        var depth: Int
        var share: Int
    }

    private let evidence: EvidenceSet
    /// Group of each example by code; -1 without one.
    private let groups: [Int32]

    init(_ evidence: EvidenceSet, groups: [Int32]) {
        self.evidence = evidence
        self.groups = groups
    }

    /// Nil where the evidence has no vote shares or no probe between input and output.
    func summary() -> ScoreSummary.MiddleLayers? {
        guard evidence.probes > 2, evidence.members.allSatisfy({ $0.voteShare != nil && $0.votes != nil }) else {
            return nil
        }
        let rule = tuned()
        var tally = Tally(rows: evidence.count, groups: DifficultyMap.Group.allCases.count, probes: evidence.probes)
        forEachPair { pair in
            guard !Self.isForTuning(pair.row) else { return }
            let network = pair.isRight
            let answer = rule.map { pair.applies($0) ? pair.voteIsRight($0.probe) : network } ?? network
            tally.count(pair, network: network, answer: answer, group: Int(groups[pair.row]))
        }
        guard tally.pairs > 0 else { return nil }
        let interval = rule == nil ? nil : tally.interval(replicates: Self.replicates)
        return .init(
            rule: rule.map {
                .init(
                    probe: $0.probe,
                    name: evidence.probeNames[$0.probe],
                    depthFrom: $0.depth,
                    shareFrom: Double($0.share) / Double(max(1, evidence.k))
                )
            },
            n: tally.examples,
            networkAccuracy: tally.share(tally.networkRight),
            ruleAccuracy: tally.share(tally.answerRight),
            gain: tally.share(tally.answerRight - tally.networkRight),
            gainInterval: interval,
            repaired: tally.repaired,
            spoiled: tally.spoiled,
            groups: tally.groupSummaries(names: DifficultyMap.Group.allCases.map(\.name))
        )
    }

    /// Which half an example belongs to: a hash, because datasets come sorted.
    private static func isForTuning(_ row: Int) -> Bool {
        var value = UInt64(row + 1) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        return (value ^ (value >> 27)) & 1 == 0
    }

    // MARK: Pairs

    /// A held-out example as one member sees it.
    private struct Pair {
        let row: Int
        let label: Int32
        let isRight: Bool
        let depth: Int
        let examples: Int
        let votes: UnsafeBufferPointer<UInt16>
        let shares: UnsafeBufferPointer<UInt8>

        func voteIsRight(_ probe: Int) -> Bool { Int32(votes[probe * examples + row]) == label }
        func share(_ probe: Int) -> Int { Int(shares[probe * examples + row]) }
        func applies(_ rule: Rule) -> Bool { depth >= rule.depth && share(rule.probe) >= rule.share }
    }

    private func forEachPair(_ body: (Pair) -> Void) {
        let labels = evidence.unplantedLabels
        for member in evidence.members {
            guard let votes = member.votes?.elements, let shares = member.voteShare?.elements else { continue }
            let finals = member.finalPredictions
            guard !finals.isEmpty else { continue }
            let depths = PredictionDepth.depths(votes: votes, finals: finals)
            let flags = member.heldOutFlags
            for row in labels.indices where flags[row] != 0 && labels[row] >= 0 {
                body(
                    Pair(
                        row: row,
                        label: labels[row],
                        isRight: Int32(finals[row]) == labels[row],
                        depth: depths[row],
                        examples: labels.count,
                        votes: votes,
                        shares: shares
                    )
                )
            }
            withExtendedLifetime(member) {}
        }
    }

    // MARK: Tuning

    /// The rule with the largest gain on the tuning half; nil where none gains.
    private func tuned() -> Rule? {
        let probes = evidence.probes
        let shares = evidence.k + 1
        // Right answers won minus lost, by probe, depth and share.
        var gains = [Int](repeating: 0, count: probes * (probes + 1) * shares)
        func place(_ probe: Int, _ depth: Int, _ share: Int) -> Int { (probe * (probes + 1) + depth) * shares + share }
        forEachPair { pair in
            guard Self.isForTuning(pair.row) else { return }
            for probe in 0..<probes - 1 {
                let difference = (pair.voteIsRight(probe) ? 1 : 0) - (pair.isRight ? 1 : 0)
                if difference != 0 { gains[place(probe, pair.depth, min(pair.share(probe), shares - 1))] += difference }
            }
        }
        var best: (rule: Rule, gain: Int)?
        for probe in 0..<probes - 1 {
            // From the strictest rule to the loosest: each adds one row or column of cells.
            var above = [Int](repeating: 0, count: shares + 1)
            for depth in stride(from: probes, through: 0, by: -1) {
                var along = 0
                for share in stride(from: shares - 1, through: 0, by: -1) {
                    along += gains[place(probe, depth, share)]
                    above[share] += along
                    if above[share] > (best?.gain ?? 0) {
                        best = (Rule(probe: probe, depth: depth, share: share), above[share])
                    }
                }
            }
        }
        return best?.rule
    }

    // MARK: Measuring

    private struct Tally {
        private(set) var pairs = 0
        private(set) var networkRight = 0
        private(set) var answerRight = 0
        private(set) var repaired = 0
        private(set) var spoiled = 0
        /// By row: pairs, and right answers won minus lost.
        private var perRow: [(pairs: Int32, gain: Int32)]
        private var perGroup: [(pairs: Int, network: Int, answer: Int, votes: [Int])]

        init(rows: Int, groups: Int, probes: Int) {
            perRow = Array(repeating: (0, 0), count: rows)
            perGroup = Array(repeating: (0, 0, 0, Array(repeating: 0, count: probes)), count: groups)
        }

        var examples: Int { perRow.count { $0.pairs > 0 } }

        func share(_ count: Int) -> Double { Double(count) / Double(pairs) }

        mutating func count(_ pair: Pair, network: Bool, answer: Bool, group: Int) {
            pairs += 1
            if network { networkRight += 1 }
            if answer { answerRight += 1 }
            if answer && !network { repaired += 1 }
            if network && !answer { spoiled += 1 }
            perRow[pair.row].pairs += 1
            perRow[pair.row].gain += (answer ? 1 : 0) - (network ? 1 : 0)
            guard perGroup.indices.contains(group) else { return }
            perGroup[group].pairs += 1
            if network { perGroup[group].network += 1 }
            if answer { perGroup[group].answer += 1 }
            for probe in perGroup[group].votes.indices where pair.voteIsRight(probe) {
                perGroup[group].votes[probe] += 1
            }
        }

        func groupSummaries(names: [String]) -> [String: ScoreSummary.MiddleLayers.Group] {
            var summaries: [String: ScoreSummary.MiddleLayers.Group] = [:]
            for (name, group) in zip(names, perGroup) where group.pairs > 0 {
                let all = Double(group.pairs)
                summaries[name] = .init(
                    pairs: group.pairs,
                    networkAccuracy: Double(group.network) / all,
                    ruleAccuracy: Double(group.answer) / all,
                    probeAccuracy: group.votes.map { Double($0) / all }
                )
            }
            return summaries
        }

        /// The central 95 % of the gain over resampled examples: a Poisson bootstrap, which draws for each kind of example
        /// how often it occurs.
        func interval(replicates: Int) -> [Double] {
            var kinds: [Int64: Int] = [:]
            for row in perRow where row.pairs > 0 {
                kinds[Int64(row.pairs) << 32 | Int64(row.gain + 0x1_0000), default: 0] += 1
            }
            let sorted = kinds.sorted { $0.key < $1.key }
            var random = PoissonGenerator(seed: 1)
            let gains = (0..<replicates).map { _ in
                var (won, all) = (0.0, 0.0)
                for (kind, count) in sorted {
                    let drawn = Double(random.next(mean: Double(count)))
                    won += drawn * Double((kind & 0xFFFF_FFFF) - 0x1_0000)
                    all += drawn * Double(kind >> 32)
                }
                return all > 0 ? won / all : 0
            }.sorted()
            return [gains[replicates * 25 / 1000], gains[replicates * 975 / 1000]]
        }
    }
}
