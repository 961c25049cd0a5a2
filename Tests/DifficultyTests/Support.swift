import Arrays
import Difficulty
import Files
import Foundation
import TestSupport
import Testing

/// One member's evidence in memory; what is nil is not written.
struct MemberArrays {
    var heldOut: [UInt8]
    /// T x N.
    var pred: [[UInt16]]?
    /// T x N.
    var correct: [[UInt8]]?
    /// T x N.
    var pLabel: [[Float]]?
    /// T x N.
    var margin: [[Float]]?
    /// T x N.
    var pSquared: [[Float]]?
    var initPred: [UInt16]?
    /// N x C.
    var finalLogits: [[Float]]?
    var inputMargin: [Float]?
    var snapshotEpochs: [UInt16]?
    /// S x N_held x C.
    var heldOutLogits: [[[Float]]]?
    /// P x N.
    var votes: [[UInt16]]?
    /// P x N.
    var voteShare: [[UInt8]]?
    /// P x N.
    var labelShare: [[UInt8]]?
    /// P x N_held x 5.
    var neighborIndex: NDArray<UInt32>?
    /// P x N_held x 5.
    var neighborDistance: NDArray<Float>?
    var learningRate: [Double]?
    var fit = 1.0
}

/// A job to reduce.
struct JobArrays {
    var labels: [Int32]
    var classes: [String]
    var split: [UInt8]?
    var duplicateOf: [Int32]?
    var members: [Int: MemberArrays]
    var folds: Int
    var repeats: Int
    var ratios: [Double]?
    var k = 5
    var kind = "features"
    var excluded: Int?
    var partial = false
    var options: ScoreOptions?
    /// The dataset's own labels and what each example is to the calibration, where `labels` has planted ones.
    var planted: (own: [Int32], parts: [UInt8])?
}

/// What a reduction left on the disk, read as others read it.
struct ScoreOutput {
    let folder: String
    let summary: ScoreSummary

    func numbers(_ name: String) throws -> [Float] { try NPY.read(Float.self, from: "\(folder)/\(name).npy").values }

    func codes(_ name: String) throws -> [Int32] { try MappedArray(path: "\(folder)/\(name).npy").array().values }

    /// A category column by name, nil where there is none.
    func categories(_ name: String) throws -> [String?] {
        let names = try #require(columns.first { $0.name == name }?.categories)
        return try codes(name).map { $0 < 0 ? nil : names[Int($0)] }
    }

    var columns: [ColumnRecord] {
        get throws {
            try JSONDecoder().decode([ColumnRecord].self, from: Data(Files.live.read(folder + "/columns.json")))
        }
    }

    var issues: [IssueRecord] {
        get throws {
            try JSONDecoder().decode(IssueList.self, from: Data(Files.live.read(folder + "/issues.json"))).issues
        }
    }

    func why(_ row: Int) throws -> String {
        let offsets = try NPY.read(UInt64.self, from: folder + "/why_offsets.npy").values
        let text = try Files.live.read(folder + "/why.bin")
        return String(decoding: text[Int(offsets[row])..<Int(offsets[row + 1])], as: UTF8.self)
    }

    /// A cell of a column, nil where it is null.
    func cell(_ name: String, _ row: Int) throws -> Float? {
        let value = try numbers(name)[row]
        return value.isNaN ? nil : value
    }
}

func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.resourcePath) + "/Fixtures/" + name
}

func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    // A reduction syncs well over a hundred files.
    try TemporaryFolder.with(inMemory: true, body)
}

/// Writes the job's evidence, reduces it, and hands over what came out.
func reduce<Result>(_ job: JobArrays, _ body: (ScoreOutput) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
        let spec = try write(job, to: folder)
        let summary = try ScoreRun.run(spec)
        let stored = try JSONDecoder().decode(
            ScoreSummary.self,
            from: Data(Files.live.read(spec.outputDirectory + "/summary.json"))
        )
        #expect(stored == summary)
        return try body(ScoreOutput(folder: spec.outputDirectory, summary: summary))
    }
}

/// Writes dataset and members into a folder.
func write(_ job: JobArrays, to folder: String) throws -> ScoreSpec {
    let count = job.labels.count
    let data = folder + "/dataset"
    try Files.live.createDirectory(data)
    try save(NDArray(shape: [count], values: job.labels), data + "/labels.npy")
    try save(NDArray(shape: [count], values: job.split ?? [UInt8](repeating: 0, count: count)), data + "/split.npy")
    if let rows = job.duplicateOf { try save(NDArray(shape: [count], values: rows), data + "/duplicate_of.npy") }
    if let planted = job.planted {
        try save(NDArray(shape: [count], values: planted.own), folder + "/own.npy")
        try save(NDArray(shape: [count], values: planted.parts), folder + "/parts.npy")
    }
    let manifest: [String: Any] = ["classes": job.classes, "kind": job.kind]
    try Files.live.write(JSONSerialization.data(withJSONObject: manifest), to: data + "/manifest.json")
    for (index, member) in job.members {
        try write(member, to: "\(folder)/member\(index)", k: job.k, classes: job.classes.count)
    }
    return ScoreSpec(
        datasetDirectory: data,
        labels: data + "/labels.npy",
        outputDirectory: folder + "/columns",
        plan: job.ratios == nil ? .folds : .init(name: "subsets", rounds: "runs"),
        members: job.members.keys.sorted(by: >).map { .init(index: $0, directory: "\(folder)/member\($0)") },
        membersTotal: job.folds * job.repeats,
        parts: job.folds,
        rounds: job.repeats,
        ratios: job.ratios,
        k: job.k,
        seed: 0,
        epochs: 0,
        numClasses: job.classes.count,
        partial: job.partial,
        membersExcluded: job.excluded,
        planted: job.planted.map { _ in .init(parts: folder + "/parts.npy", ownLabels: folder + "/own.npy") },
        options: job.options
    )
}

private func write(_ member: MemberArrays, to folder: String, k: Int, classes: Int) throws {
    try Files.live.createDirectory(folder)
    var names: [String] = []
    func put<Element>(_ name: String, _ array: NDArray<Element>?) throws {
        guard let array else { return }
        try save(array, "\(folder)/\(name).npy")
        names.append(name + ".npy")
    }
    func matrix<Element>(_ rows: [[Element]]?) -> NDArray<Element>? {
        rows.map { NDArray(shape: [$0.count, $0.first?.count ?? 0], values: $0.flatMap { $0 }) }
    }
    func vector<Element>(_ values: [Element]?) -> NDArray<Element>? {
        values.map { NDArray(shape: [$0.count], values: $0) }
    }
    try put("held_out", vector(member.heldOut))
    try put("pred", matrix(member.pred))
    try put("correct", matrix(member.correct))
    try put("p_label", matrix(member.pLabel))
    try put("margin", matrix(member.margin))
    try put("p_sq", matrix(member.pSquared))
    try put("init_pred", vector(member.initPred))
    try put("final_logits", matrix(member.finalLogits))
    try put("input_margin", vector(member.inputMargin))
    try put("snapshot_epochs", vector(member.snapshotEpochs))
    try put(
        "heldout_logits",
        member.heldOutLogits.map { snapshots in
            NDArray(
                shape: [snapshots.count, snapshots.first?.count ?? 0, classes],
                values: snapshots.flatMap { $0.flatMap { $0 } }
            )
        }
    )
    try put("votes", matrix(member.votes))
    try put("vote_share", matrix(member.voteShare))
    try put("label_share", matrix(member.labelShare))
    try put("neighbor_idx", member.neighborIndex)
    try put("neighbor_dist", member.neighborDistance)
    var result: [String: Any] = ["learned": true, "fit": member.fit, "seconds": ["train": 1.5]]
    if let rates = member.learningRate {
        result["learning_rate"] = rates
        result["train_accuracy"] = rates.indices.map { 0.5 + 0.5 * Double($0 + 1) / Double(rates.count) }
    }
    let manifest: [String: Any] = [
        "evidence_version": 1, "key": "test",
        "files": Dictionary(uniqueKeysWithValues: names.map { ($0, ["sha256": "", "bytes": 1] as [String: Any]) }),
        "k": k, "result": result, "spec": ["observe": "presentation"],
    ]
    try Files.live.write(JSONSerialization.data(withJSONObject: manifest), to: folder + "/manifest.json")
}

private func save<Element>(_ array: NDArray<Element>, _ path: String) throws {
    try Files.live.write(NPY.encode(array), to: path)
}

/// Logits that put nearly all probability on one class.
func sure(_ label: Int, of classes: Int, by strength: Float = 8) -> [Float] {
    (0..<classes).map { $0 == label ? strength : 0 }
}

/// Logits whose softmax is this distribution.
func logits(_ probabilities: [Double]) -> [Float] { probabilities.map { Float(log($0)) } }

extension SeededGenerator {
    /// A normal deviate (Box and Muller).
    mutating func normal() -> Double {
        let (u, v) = (Double.random(in: 1e-12..<1, using: &self), Double.random(in: 0..<1, using: &self))
        return (-2 * log(u)).squareRoot() * cos(2 * Double.pi * v)
    }
}

/// Whether two numbers agree to a few parts in a million; NaN agrees with NaN.
func agrees(_ a: Float, _ b: Float, tolerance: Float = 3e-6) -> Bool {
    a.isNaN || b.isNaN ? a.isNaN && b.isNaN : abs(a - b) <= tolerance * max(1, abs(a), abs(b))
}

/// Whether scripts of the fixtures can run.
let hasNumPy = (try? runPython(["-c", "import numpy"])) != nil

func runPython(_ arguments: [String]) throws {
    struct Failed: Error { var status: Int32 }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Failed(status: process.terminationStatus) }
}
