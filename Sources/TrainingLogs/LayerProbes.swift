import Arrays
import Compute
import Difficulty
import Neighbors
import Recipes
import Tasks

/// The k-NN probes of a log that holds the activations of its network's layers, N x D each: prediction depth follows from
/// them. References are the examples that the network trained on.
struct LayerProbes {
    let streams: [ArrayStream]
    let labels: LogLabels
    let rowOf: [Int]
    /// Neighbours a vote; nil is `auto`.
    let k: Int?

    /// Searches layer by layer and writes the votes.
    ///
    /// - Parameters:
    ///   - final: the class that the finished network gives each example, where the log says so
    func write(
        _ member: MemberWriter,
        final: [UInt16]?,
        to output: LogOutput
    ) throws -> (k: Int, notes: [ImportedEvidence.Note]) {
        let train = labels.codes.indices.filter { member.heldOut[$0] == 0 }
        let rows = train + labels.codes.indices.filter { member.heldOut[$0] != 0 }
        let k = try neighbors(references: train)
        let codes = labels.codes.map(Int.init)
        var evidence = ProbeEvidence(
            probes: streams.count,
            examples: rows.count,
            heldOut: rows.count - train.count
        )
        let search = try NeighborSearch(
            try Engine(threads: 1),
            rows: rows,
            references: train.count,
            k: max(k, min(ProbeEvidence.keptNeighbors, train.count - 1)),
            ties: TieOrder(seed: 0)
        )
        var last: [UInt16]?
        for (probe, stream) in streams.enumerated() {
            let width = stream.axes.shape[1...].reduce(1, *)
            let matrix = try matrix(stream, width: width, rows: rows, output)
            try withExtendedLifetime(matrix) {
                let values = UnsafeBufferPointer(matrix.values)
                let found = try search.nearest(in: ActivationMatrix(values: values, width: width)) {
                    output.progress(0.5 + 0.4 * (Double(probe) + $0) / Double(streams.count))
                }
                evidence.record(
                    found,
                    probe: probe,
                    rows: rows,
                    labels: codes,
                    classes: labels.classes.count,
                    k: k
                )
                if probe == streams.count - 1, width == labels.classes.count {
                    last = Self.largest(values, width: width, rows: rows)
                }
            }
        }
        try put(evidence, in: member)
        guard final == nil else { return (k, []) }
        // Without the network's answer the last layer's stands for it.
        let isOutput = last != nil
        let answer = last ?? Array(evidence.votes.suffix(rows.count))
        try member.put(.finalPred, [rows.count], answer)
        let layer = streams[streams.count - 1].axes.name
        return (
            k,
            [
                .init(
                    code: "answer_of_the_last_layer",
                    detail: isOutput
                        ? "The log has no final_logits: the largest of the \(labels.classes.count) values of \(layer) is "
                            + "taken as the network's answer."
                        : "The log has no final_logits: the vote at \(layer) is taken as the network's answer, so the "
                            + "depth is that of agreement with the last layer."
                )
            ]
        )
    }

    /// The k asked for or, failing that, the one of `ProbeSettings`.
    private func neighbors(references: [Int]) throws(LogError) -> Int {
        var sizes = [Int](repeating: 0, count: labels.classes.count)
        for row in references { sizes[Int(labels.codes[row])] += 1 }
        let chosen = k ?? ProbeSettings.neighbors(classSizes: sizes)
        let most = min(ProbeEvidence.mostVoters, references.count - 1)
        guard chosen >= 1, chosen <= most else {
            throw LogError(
                k == nil ? streams[0].axes.name : "k",
                expected: k == nil
                    ? "more than \(chosen) examples that the network trained on, for \(chosen) neighbours of each"
                    : "1 to \(max(1, most)) (the network trained on \(references.count) examples)",
                got: k == nil ? "\(references.count)" : "\(chosen)"
            )
        }
        return chosen
    }

    /// The layer's rows in the order of the search, in a file that is gone with the canvas.
    private func matrix(
        _ stream: ArrayStream,
        width: Int,
        rows: [Int],
        _ output: LogOutput
    ) throws -> NPYCanvas<Float> {
        let canvas = try NPYCanvas<Float>(
            path: "\(output.folder)/layer.npy",
            shape: [rows.count, width],
            files: output.files
        )
        var positionOf = [Int](repeating: 0, count: rows.count)
        for (position, row) in rows.enumerated() { positionOf[row] = position }
        var flattened = stream
        flattened.flatten(to: [rows.count, width])
        try flattened.rows { at, row in
            let start = positionOf[rowOf[at.example]] * width
            for (column, value) in row.enumerated() { canvas.values[start + column] = value }
        }
        return canvas
    }

    private static func largest(_ values: UnsafeBufferPointer<Float>, width: Int, rows: [Int]) -> [UInt16] {
        var classes = [UInt16](repeating: 0, count: rows.count)
        for (position, row) in rows.enumerated() {
            let logits = UnsafeBufferPointer(rebasing: values[position * width..<(position + 1) * width])
            classes[row] = UInt16(LogitRow(logits, label: -1).predicted)
        }
        return classes
    }

    private func put(_ evidence: ProbeEvidence, in member: MemberWriter) throws {
        let shape = [evidence.probes, evidence.examples]
        try member.put(.votes, shape, evidence.votes)
        try member.put(.voteShare, shape, evidence.shares)
        try member.put("vote_tied", shape, evidence.tied)
        try member.put(.labelShare, shape, evidence.labelShares)
        guard evidence.heldOut > 0 else { return }
        let neighbors = [evidence.probes, evidence.heldOut, ProbeEvidence.keptNeighbors]
        try member.put(.neighborIndex, neighbors, evidence.neighborRows)
        try member.put(.neighborDistance, neighbors, evidence.neighborDistances)
    }
}
