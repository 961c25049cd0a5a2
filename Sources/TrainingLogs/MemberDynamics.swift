import Arrays
import Difficulty
import Tasks

/// The training dynamics of one member: canvases for the arrays that the log has, T x N each.
final class MemberDynamics {
    let pred: NPYCanvas<UInt16>?
    let correct: NPYCanvas<UInt8>?
    let pLabel: NPYCanvas<Float>?
    let margin: NPYCanvas<Float>?
    let loss: NPYCanvas<Float>?
    let pSquared: NPYCanvas<Float>?

    private let writer: MemberWriter
    private let labels: [Int32]
    private let epochs: Int
    private var snapshots: HeldOutSnapshots?
    private var final: NPYCanvas<Float>?

    /// At most so many epochs of held-out logits are kept (Difficulty/README.md section 1).
    private static let mostSnapshots = 10

    /// - Parameters:
    ///   - arrays: those to be filled in
    ///   - epochs: T
    ///   - labels: N
    init(_ writer: MemberWriter, _ arrays: Set<EvidenceArray>, epochs: Int, labels: [Int32]) throws {
        self.writer = writer
        self.labels = labels
        self.epochs = epochs
        let shape = [epochs, labels.count]
        func open<Element>(_ array: EvidenceArray, _ type: Element.Type) throws -> NPYCanvas<Element>? {
            arrays.contains(array) ? try writer.canvas(array, type, shape) : nil
        }
        pred = try open(.pred, UInt16.self)
        correct = try open(.correct, UInt8.self)
        pLabel = try open(.pLabel, Float.self)
        margin = try open(.margin, Float.self)
        loss = try open(.loss, Float.self)
        pSquared = try open(.pSquared, Float.self)
    }

    /// Also keeps what label quality and the finished network need of the logits of examples held out.
    ///
    /// - Parameters:
    ///   - classes: C
    ///   - numbers: the number of each epoch
    ///   - keepsFinal: whether the last epoch stands for the finished network
    func keepHeldOutLogits(classes: Int, numbers: [Int], keepsFinal: Bool) throws {
        guard writer.heldOutCount > 0, epochs > 0 else { return }
        let count = min(Self.mostSnapshots, epochs)
        let kept = (1...count).map { $0 * epochs / count - 1 }
        snapshots = try HeldOutSnapshots(writer, epochs: kept, numbers: kept.map { numbers[$0] }, classes: classes)
        if keepsFinal { final = try writer.canvas(.finalLogits, Float.self, [labels.count, classes]) }
    }

    /// Takes the logits of one example at one observation.
    func record(_ logits: UnsafeBufferPointer<Float>, epoch: Int, row: Int) {
        let facts = LogitRow(logits, label: Int(labels[row]))
        let place = epoch * labels.count + row
        pred?.values[place] = UInt16(facts.predicted)
        pLabel?.values[place] = facts.labelProbability
        margin?.values[place] = facts.margin
        loss?.values[place] = facts.loss
        pSquared?.values[place] = facts.squared
        snapshots?.record(logits, epoch: epoch, row: row)
        if let final, epoch == epochs - 1 {
            for (column, value) in logits.enumerated() { final.values[row * logits.count + column] = value }
        }
    }

    /// Notes accuracy and loss by epoch in the member's result.
    func noteCurves() {
        var result = writer.result
        result.trainAccuracy = means(heldOut: false, right)
        result.heldoutAccuracy = means(heldOut: true, right)
        result.trainLoss = means(heldOut: false, lossValue)
        result.heldoutLoss = means(heldOut: true, lossValue)
        writer.result = result
    }

    private var right: ((Int, Int) -> Double)? {
        if let pred {
            let labels = labels
            return { place, row in Int32(pred.values[place]) == labels[row] ? 1 : 0 }
        }
        guard let correct else { return nil }
        return { place, _ in Double(correct.values[place]) }
    }

    private var lossValue: ((Int, Int) -> Double)? {
        guard let loss else { return nil }
        return { place, _ in Double(loss.values[place]) }
    }

    /// By epoch over the labelled examples of one side. Nil where there are none, or where a mean is not finite, for
    /// which JSON has no word.
    private func means(heldOut: Bool, _ value: ((Int, Int) -> Double)?) -> [Double]? {
        guard let value else { return nil }
        let rows = labels.indices.filter { (writer.heldOut[$0] != 0) == heldOut && labels[$0] >= 0 }
        guard !rows.isEmpty, epochs > 0 else { return nil }
        let means = (0..<epochs).map { epoch in
            rows.reduce(0.0) { $0 + value(epoch * labels.count + $1, $1) } / Double(rows.count)
        }
        return means.allSatisfy(\.isFinite) ? means : nil
    }
}

/// Logits of the examples that a member holds out, at some epochs: S x N_held x C.
struct HeldOutSnapshots {
    private let canvas: NPYCanvas<Float>
    /// The snapshot taken at an epoch.
    private let snapshotOf: [Int: Int]
    /// Place of each example among those held out; -1 for the others.
    private var rank: [Int]
    private let heldOut: Int

    /// - Parameters:
    ///   - epochs: the observations, from 0, at which one is taken, ascending
    ///   - numbers: what those epochs are called
    ///   - classes: C
    init(_ writer: MemberWriter, epochs: [Int], numbers: [Int], classes: Int) throws {
        heldOut = writer.heldOutCount
        canvas = try writer.canvas(.heldOutLogits, Float.self, [epochs.count, heldOut, classes])
        try writer.put(.snapshotEpochs, [epochs.count], numbers.map { UInt16(clamping: $0) })
        snapshotOf = Dictionary(uniqueKeysWithValues: zip(epochs, 0...))
        rank = Array(repeating: -1, count: writer.heldOut.count)
        var next = 0
        for row in rank.indices where writer.heldOut[row] != 0 {
            rank[row] = next
            next += 1
        }
    }

    func record(_ logits: UnsafeBufferPointer<Float>, epoch: Int, row: Int) {
        guard rank[row] >= 0, let snapshot = snapshotOf[epoch] else { return }
        let start = (snapshot * heldOut + rank[row]) * logits.count
        for (column, value) in logits.enumerated() { canvas.values[start + column] = value }
    }
}
