/// What the probes of one member say about every example.
package struct ProbeEvidence {
    /// Neighbours of each held-out example that are kept.
    package static let keptNeighbors = 5
    /// Neighbours that may vote: counts of them are bytes, of which one value means that there is no label.
    package static let mostVoters = 254

    /// P.
    package let probes: Int
    /// N.
    package let examples: Int
    /// Number of held-out examples.
    package let heldOut: Int
    /// P x N: class that most of the k neighbours have.
    package private(set) var votes: [UInt16]
    /// P x N: how many of the k neighbours have it.
    package private(set) var shares: [UInt8]
    /// P x N: whether another class had as many.
    package private(set) var tied: [UInt8]
    /// P x N: how many of the k neighbours have the example's own label; 255 where it has none.
    package private(set) var labelShares: [UInt8]
    /// P x held-out x 5: row of the nearest examples trained on. Where there are fewer than five the largest number.
    package private(set) var neighborRows: [UInt32]
    /// P x held-out x 5: their squared Euclidean distances. Where there are fewer than five NaN.
    package private(set) var neighborDistances: [Float]

    /// Of each probe whose neighbours are approximate, by number, how well they agree with the exact ones.
    package private(set) var agreements: [Int: NearestNeighbors.Agreement] = [:]

    /// Nothing said yet.
    ///
    /// - Parameters:
    ///   - probes: P
    ///   - examples: N
    ///   - heldOut: how many of the examples are held out
    package init(probes: Int, examples: Int, heldOut: Int) {
        self.probes = probes
        self.examples = examples
        self.heldOut = heldOut
        votes = Array(repeating: 0, count: probes * examples)
        shares = Array(repeating: 0, count: probes * examples)
        tied = Array(repeating: 0, count: probes * examples)
        labelShares = Array(repeating: .max, count: probes * examples)
        neighborRows = Array(repeating: .max, count: probes * heldOut * Self.keptNeighbors)
        neighborDistances = Array(repeating: .nan, count: probes * heldOut * Self.keptNeighbors)
    }

    /// Takes in what was found at one probe.
    ///
    /// - Parameters:
    ///   - found: the neighbours of every example, by position
    ///   - probe: the probe
    ///   - rows: the example at each position, those trained on first
    ///   - labels: class of each example, -1 where there is none; those trained on have one
    ///   - classes: C
    ///   - k: how many of the neighbours vote, from the nearest; at most `mostVoters`
    package mutating func record(
        _ found: NearestNeighbors,
        probe: Int,
        rows: [Int],
        labels: [Int],
        classes: Int,
        k: Int
    ) {
        let references = rows.count - heldOut
        let referenceLabels = rows[..<references].map { labels[$0] }
        agreements[probe] = found.agreement(labels: referenceLabels, classes: classes, among: k)
        let votes = found.votes(labels: referenceLabels, classes: classes, among: k)
        for (position, vote) in votes.enumerated() {
            let place = probe * examples + rows[position]
            self.votes[place] = UInt16(vote.label)
            shares[place] = UInt8(vote.count)
            tied[place] = vote.tied ? 1 : 0
            let label = labels[rows[position]]
            guard label >= 0 else { continue }
            let voters = found.positions[position * found.k..<position * found.k + min(k, found.k)]
            labelShares[place] = UInt8(voters.count { labels[rows[Int($0)]] == label })
        }
        let kept = min(Self.keptNeighbors, found.k)
        for query in references..<rows.count {
            let start = (probe * heldOut + query - references) * Self.keptNeighbors
            for place in 0..<kept {
                let neighbor = query * found.k + place
                neighborRows[start + place] = UInt32(rows[Int(found.positions[neighbor])])
                neighborDistances[start + place] = Float(found.distances[neighbor])
            }
        }
    }
}
