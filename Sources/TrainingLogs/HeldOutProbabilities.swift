import Arrays
import Difficulty
import Foundation
import Tasks

/// Held-out probabilities alone, N x C or R x N x C: what cross-validation leaves, and what cleanlab calls `pred_probs`.
///
/// Of R runs of which each held only some examples out, the others are NaN. Every example then has as many members as runs
/// held it out; member j of the evidence is the j-th of them.
struct HeldOutProbabilities {
    let stream: ArrayStream
    let rowOf: [Int]

    /// How far a row may be from adding up to 1: float16 and rounded text are that far off.
    private static let tolerance: Float = 0.01

    func write(
        to output: LogOutput,
        classes: Int
    ) throws -> (members: [MemberWriter], notes: [ImportedEvidence.Note]) {
        var runs = [Int](repeating: 0, count: rowOf.count)
        try stream.rows(finite: false) { at, row in
            if try Self.isHeldOut(row, at) { runs[at.example] += 1 }
        }
        let (fewest, most) = (runs.min() ?? 0, runs.max() ?? 0)
        guard fewest > 0 else {
            let example = runs.firstIndex(of: 0) ?? 0
            throw LogError(
                "\(stream.axes.name), example \(example)",
                expected: "probabilities of at least one network that never saw it",
                got: "NaN in every run"
            )
        }
        var notes: [ImportedEvidence.Note] = []
        if fewest < most {
            notes.append(
                .init(
                    code: "uneven_runs",
                    detail: "Examples were held out in \(fewest) to \(most) runs; the first \(fewest) of each are used."
                )
            )
        }
        let heldOut = [UInt8](repeating: 1, count: rowOf.count)
        let members = try (0..<fewest).map {
            try MemberWriter(index: $0, in: output.evidence, heldOut: heldOut, files: output.files)
        }
        let finals = try members.map { try $0.canvas(.finalLogits, Float.self, [rowOf.count, classes]) }
        let snapshots = try members.map { try HeldOutSnapshots($0, epochs: [0], numbers: [1], classes: classes) }
        var logits = [Float](repeating: 0, count: classes)
        runs = [Int](repeating: 0, count: rowOf.count)
        try stream.rows(finite: false) { at, row in
            guard !row[0].isNaN else { return }
            let member = runs[at.example]
            runs[at.example] += 1
            guard member < fewest else { return }
            // The softmax of these is the row again; zero has no logarithm.
            for (column, value) in row.enumerated() { logits[column] = log(max(value, .leastNormalMagnitude)) }
            logits.withUnsafeBufferPointer { logits in
                let target = rowOf[at.example]
                for (column, value) in logits.enumerated() {
                    finals[member].values[target * classes + column] = value
                }
                snapshots[member].record(logits, epoch: 0, row: target)
            }
        }
        return (members, notes)
    }

    /// Whether a row is one of probabilities, and not all NaN.
    private static func isHeldOut(_ row: UnsafeBufferPointer<Float>, _ at: ArrayAxes.Cursor) throws(LogError) -> Bool {
        if row.allSatisfy(\.isNaN) { return false }
        for (column, value) in row.enumerated() where !(value >= -tolerance && value <= 1 + tolerance) {
            throw LogError(
                "\(at.place.dropLast()), \(column)]",
                expected: "a probability from 0 to 1 (logits are sent as final_logits with held_out)",
                got: "\(value)"
            )
        }
        let sum = row.reduce(0, +)
        guard abs(sum - 1) <= tolerance else {
            throw LogError(at.place, expected: "probabilities that add up to 1", got: "a sum of \(sum)")
        }
        return true
    }
}
