import Arrays

/// Right answers of networks and of neighbours, counted over pairs of an example and a member.
struct AccuracyCounts {
    struct Probe {
        var heldOut = (right: 0, all: 0)
        var train = (right: 0, all: 0)
        var agreement = (right: 0, all: 0)
    }

    private(set) var train = (right: 0, all: 0)
    private(set) var probes: [Probe]

    init(_ evidence: EvidenceSet) {
        probes = [Probe](repeating: Probe(), count: evidence.probes)
        let labels = evidence.labels
        let own = evidence.unplantedLabels
        let isTest = evidence.data.isTest
        for member in evidence.members {
            let flags = member.heldOutFlags
            let finals = member.finalPredictions
            if !finals.isEmpty {
                for row in labels.indices where flags[row] == 0 {
                    train.all += 1
                    if Int32(finals[row]) == labels[row] { train.right += 1 }
                }
            }
            guard let votes = member.votes?.elements else { continue }
            for index in probes.indices {
                var probe = probes[index]
                for row in labels.indices {
                    let vote = votes[index * labels.count + row]
                    let right = Int32(vote) == labels[row]
                    if flags[row] == 0 {
                        probe.train.all += 1
                        if right { probe.train.right += 1 }
                        continue
                    }
                    if !finals.isEmpty {
                        probe.agreement.all += 1
                        if vote == finals[row] { probe.agreement.right += 1 }
                    }
                    if own[row] >= 0, !isTest[row] {
                        probe.heldOut.all += 1
                        if right { probe.heldOut.right += 1 }
                    }
                }
                probes[index] = probe
            }
            withExtendedLifetime(member) {}
        }
    }

    static func share(_ counts: (right: Int, all: Int)) -> Double? { Proportion(counts.right, of: counts.all).value }
}
