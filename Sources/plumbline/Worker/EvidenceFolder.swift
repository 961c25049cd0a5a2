import Arrays
import Files
import Foundation
import Neighbors
import Training

/// The arrays of one member (scores.md, section 1), written durably one by one, and the manifest that proves them all.
struct EvidenceFolder {
    private let folder: String
    private let files: Files
    /// By file name.
    private(set) var digests: [String: FileDigest] = [:]

    init(_ folder: String, files: Files) {
        self.folder = folder
        self.files = files
    }

    /// Makes a file of the specification part of the evidence.
    mutating func adopt(_ name: String, from path: String) throws {
        let bytes = try files.read(path)
        if path == "\(folder)/\(name)" {
            digests[name] = FileDigest(sha256: SHA256Hasher.hash(bytes), bytes: bytes.count)
        } else {
            digests[name] = try files.write(bytes, to: "\(folder)/\(name)")
        }
    }

    /// What was observed while training.
    mutating func write(_ dynamics: Dynamics, heldOut: Int) throws {
        let observed = [dynamics.epochs, dynamics.examples]
        try write("pred", dynamics.predicted, observed)
        try write("p_label", dynamics.labelProbability, observed)
        try write("margin", dynamics.margin, observed)
        try write("loss", dynamics.loss, observed)
        try write("p_sq", dynamics.squaredProbabilities, observed)
        try write("init_pred", dynamics.initialPredicted, [dynamics.examples])
        try write("final_logits", dynamics.finalLogits, [dynamics.examples, dynamics.classes])
        let snapshots = dynamics.snapshotEpochs
        try write("snapshot_epochs", snapshots.map(UInt16.init), [snapshots.count])
        try write("heldout_logits", dynamics.heldOutLogits, [snapshots.count, heldOut, dynamics.classes])
    }

    /// N: distances from the nearest decision boundary.
    mutating func write(inputMargins: [Float]) throws {
        try write("input_margin", inputMargins, [inputMargins.count])
    }

    /// What the probes said.
    mutating func write(_ probes: ProbeEvidence) throws {
        let votes = [probes.probes, probes.examples]
        try write("votes", probes.votes, votes)
        try write("vote_share", probes.shares, votes)
        try write("vote_tied", probes.tied, votes)
        try write("label_share", probes.labelShares, votes)
        let neighbors = [probes.probes, probes.heldOut, ProbeEvidence.keptNeighbors]
        try write("neighbor_idx", probes.neighborRows, neighbors)
        try write("neighbor_dist", probes.neighborDistances, neighbors)
    }

    /// The finished network: an NPZ archive of its parameters by name.
    mutating func write(_ weights: [NamedTensor]) throws {
        let output = try files.openForWriting("\(folder)/weights.npz")
        do {
            var archive = NPZWriter { try output.write($0) }
            for tensor in weights {
                try archive.add(tensor.name, NDArray(shape: tensor.shape, values: tensor.values))
            }
            try archive.finish()
            digests["weights.npz"] = try output.finish()
        } catch {
            output.abandon()
            throw error
        }
    }

    /// Writes the manifest, last.
    ///
    /// - Parameter specification: the bytes of `spec.json`, which the manifest repeats as they were.
    func finish(_ manifest: WorkerManifest, specification: [UInt8]) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes = [UInt8](try encoder.encode(manifest))
        bytes.removeLast()
        bytes += Array(",\"spec\":".utf8) + specification + Array("}".utf8)
        _ = try files.write(bytes, to: "\(folder)/manifest.json")
    }

    private mutating func write<Element: ArrayElement>(
        _ name: String,
        _ values: [Element],
        _ shape: [Int]
    ) throws {
        digests["\(name).npy"] = try NPY.write(
            NDArray(shape: shape, values: values),
            to: "\(folder)/\(name).npy",
            files: files
        )
    }
}
