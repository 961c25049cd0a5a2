import Arrays
import Neighbors
import Tasks
import Training

/// The arrays of a member that was trained here.
extension EvidenceFolder {
    /// What was observed while training.
    mutating func write(_ dynamics: Dynamics, heldOut: Int) throws {
        let observed = [dynamics.epochs, dynamics.examples]
        try write(.pred, dynamics.predicted, observed)
        try write(.pLabel, dynamics.labelProbability, observed)
        try write(.margin, dynamics.margin, observed)
        try write(.loss, dynamics.loss, observed)
        try write(.pSquared, dynamics.squaredProbabilities, observed)
        try write(.initPred, dynamics.initialPredicted, [dynamics.examples])
        try write(.finalLogits, dynamics.finalLogits, [dynamics.examples, dynamics.classes])
        let snapshots = dynamics.snapshotEpochs
        try write(.snapshotEpochs, snapshots.map(UInt16.init), [snapshots.count])
        try write(.heldOutLogits, dynamics.heldOutLogits, [snapshots.count, heldOut, dynamics.classes])
    }

    /// N: distances from the nearest decision boundary.
    mutating func write(inputMargins: [Float]) throws {
        try write(.inputMargin, inputMargins, [inputMargins.count])
    }

    /// What the probes said.
    mutating func write(_ probes: ProbeEvidence) throws {
        let votes = [probes.probes, probes.examples]
        try write(.votes, probes.votes, votes)
        try write(.voteShare, probes.shares, votes)
        try write("vote_tied", probes.tied, votes)
        try write(.labelShare, probes.labelShares, votes)
        let neighbors = [probes.probes, probes.heldOut, ProbeEvidence.keptNeighbors]
        try write(.neighborIndex, probes.neighborRows, neighbors)
        try write(.neighborDistance, probes.neighborDistances, neighbors)
    }

    /// The finished network: an NPZ archive of its parameters by name.
    mutating func write(_ weights: [NamedTensor]) throws {
        try archive("weights.npz") { archive in
            for tensor in weights {
                try archive.add(tensor.name, NDArray(shape: tensor.shape, values: tensor.values))
            }
        }
    }
}

extension MemberManifest.ProbeAgreement {
    /// By probe; those that were searched exactly are left out.
    static func list(_ evidence: ProbeEvidence) -> [MemberManifest.ProbeAgreement] {
        evidence.agreements.sorted { $0.key < $1.key }.map {
            .init(probe: $0.key, queries: $0.value.queries, votes: $0.value.votes, neighbors: $0.value.neighbors)
        }
    }
}
