import Arrays
import Files
import Foundation
import Recipes
import Tasks

/// The evidence of one member, mapped: nothing is read before a score uses it.
package final class MemberEvidence: Sendable {
    /// Place in the job's plan.
    package let index: Int
    /// The round that it belongs to: the repeat, or the run of random subsets.
    let repeatIndex: Int
    /// Its place in the round: the fold, or the place of its train ratio.
    package let part: Int
    let manifest: MemberManifest
    /// N: 1 where the example was held out from this member.
    package let heldOut: MappedArray<UInt8>
    /// Number of held-out examples: rows of `heldOutLogits`.
    let heldOutCount: Int
    let pred: MappedArray<UInt16>?
    let correct: MappedArray<UInt8>?
    let pLabel: MappedArray<Float>?
    let margin: MappedArray<Float>?
    let pSquared: MappedArray<Float>?
    let initPred: MappedArray<UInt16>?
    let finalLogits: MappedArray<Float>?
    let finalPred: MappedArray<UInt16>?
    let inputMargin: MappedArray<Float>?
    let snapshotEpochs: [Int]
    let heldOutLogits: MappedArray<Float>?
    let votes: MappedArray<UInt16>?
    let voteShare: MappedArray<UInt8>?
    let labelShare: MappedArray<UInt8>?
    let neighborIndex: MappedArray<UInt32>?
    let neighborDistance: MappedArray<Float>?
    /// N: class of the finished network, the lowest of several equal logits; empty where neither logits nor classes
    /// of it are there.
    package let finalPredictions: [UInt16]
    /// What there is.
    let arrays: Set<EvidenceArray>

    /// Maps a member's folder and checks its shapes against each other.
    ///
    /// - Parameters:
    ///   - examples: N
    ///   - classes: C
    ///   - only: the arrays that are read; nil for all that are there
    package init(
        _ member: ScoreSpec.Member,
        folds: Int,
        examples: Int,
        classes: Int,
        only: Set<EvidenceArray>? = nil,
        files: Files
    ) throws {
        let directory = member.directory
        let path = directory + "/manifest.json"
        do {
            manifest = try JSONDecoder().decode(MemberManifest.self, from: Data(files.read(path)))
        } catch let error as DecodingError {
            throw DifficultyError.badJSON(path: path, detail: "\(error)")
        }
        var arrays: Set<EvidenceArray> = []
        let names = manifest.files
        func open<Element>(
            _ array: EvidenceArray,
            _ type: Element.Type,
            _ shape: [Int?]
        ) throws -> MappedArray<Element>? {
            let name = array.rawValue + ".npy"
            guard names[name] != nil, only?.contains(array) != false else { return nil }
            arrays.insert(array)
            return try MappedArray<Element>(path: directory + "/" + name, shape: shape)
        }
        guard let heldOut = try open(.heldOut, UInt8.self, [examples]) else {
            throw DifficultyError.badJSON(path: path, detail: "it lists no held_out.npy")
        }
        self.heldOut = heldOut
        heldOutCount = heldOut.withUnsafeBufferPointer { $0.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
        pred = try open(.pred, UInt16.self, [nil, examples])
        correct = try open(.correct, UInt8.self, [nil, examples])
        pLabel = try open(.pLabel, Float.self, [nil, examples])
        margin = try open(.margin, Float.self, [nil, examples])
        pSquared = try open(.pSquared, Float.self, [nil, examples])
        initPred = try open(.initPred, UInt16.self, [examples])
        finalLogits = try open(.finalLogits, Float.self, [examples, classes])
        finalPred = try open(.finalPred, UInt16.self, [examples])
        inputMargin = try open(.inputMargin, Float.self, [examples])
        snapshotEpochs = try open(.snapshotEpochs, UInt16.self, [nil])?.array().values.map(Int.init) ?? []
        heldOutLogits = try open(.heldOutLogits, Float.self, [snapshotEpochs.count, heldOutCount, classes])
        votes = try open(.votes, UInt16.self, [nil, examples])
        voteShare = try open(.voteShare, UInt8.self, [nil, examples])
        labelShare = try open(.labelShare, UInt8.self, [nil, examples])
        neighborIndex = try open(.neighborIndex, UInt32.self, [nil, heldOutCount, nil])
        neighborDistance = try open(.neighborDistance, Float.self, [nil, heldOutCount, nil])
        if pred != nil { arrays.insert(.correct) }
        if finalLogits != nil { arrays.insert(.finalPred) }
        self.arrays = arrays
        index = member.index
        repeatIndex = member.index / max(1, folds)
        part = member.index % max(1, folds)
        finalPredictions =
            finalLogits?.withUnsafeBufferPointer { Self.argmax($0, classes: classes) } ?? finalPred?.array().values
            ?? []
        try Self.check(pred, "member \(index) pred", classes)
        try Self.check(finalPred, "member \(index) final_pred", classes)
        try Self.check(initPred, "member \(index) init_pred", classes)
        try Self.check(votes, "member \(index) votes", classes)
    }

    /// Gives back the memory of what was read of the arrays so far.
    func releasePages() {
        heldOut.releasePages()
        for array in [pLabel, margin, pSquared, finalLogits, inputMargin, heldOutLogits, neighborDistance] {
            array?.releasePages()
        }
        for array in [pred, initPred, finalPred, votes] { array?.releasePages() }
        for array in [correct, voteShare, labelShare] { array?.releasePages() }
        neighborIndex?.releasePages()
    }

    /// T, or 0 where no dynamics were recorded.
    var epochs: Int { pred?.shape[0] ?? correct?.shape[0] ?? pLabel?.shape[0] ?? margin?.shape[0] ?? 0 }

    /// Whether the first observation of an example trained on precedes its first update.
    var observesBeforeUpdate: Bool { manifest.spec?.observe == .presentation }

    /// P, or 0 without probes.
    var probes: Int { votes?.shape[0] ?? 0 }

    /// The held-out flags without a closure; the object outlives every reduction over it.
    var heldOutFlags: UnsafeBufferPointer<UInt8> { heldOut.elements }

    /// Writes into `row` whether each prediction at observation `t` (from 0) was right.
    func readCorrect(at t: Int, labels: [Int32], into row: inout [UInt8]) {
        let examples = labels.count
        if let pred {
            let predicted = pred.elements[t * examples..<(t + 1) * examples]
            for (index, value) in predicted.enumerated() { row[index] = Int32(value) == labels[index] ? 1 : 0 }
        } else if let correct {
            let flags = correct.elements[t * examples..<(t + 1) * examples]
            for (index, value) in flags.enumerated() { row[index] = value != 0 ? 1 : 0 }
        }
        withExtendedLifetime(self) {}
    }

    private static func argmax(_ logits: UnsafeBufferPointer<Float>, classes: Int) -> [UInt16] {
        (0..<logits.count / max(1, classes)).map { row in
            var best = 0
            for column in 1..<max(1, classes) where logits[row * classes + column] > logits[row * classes + best] {
                best = column
            }
            return UInt16(best)
        }
    }

    private static func check(_ array: MappedArray<UInt16>?, _ name: String, _ classes: Int) throws(DifficultyError) {
        let bad = array?.withUnsafeBufferPointer { values in values.firstIndex { $0 >= classes } }
        if let array, let index = bad ?? nil {
            throw .badClass(name: name, index: index, value: Int(array[index]), classes: classes)
        }
    }
}
