import Arrays
import Datasets
import Files
import Foundation
import Logging

/// What stands on the disk for members: the task folder that an attempt is given, and the evidence that it leaves.
struct MemberFolders: Sendable {
    let queue: JobQueue
    let folder: DataFolder
    let library: DatasetLibrary
    let shelf: CheckpointShelf
    let logger: Logger

    /// The folder of a member's newest attempt.
    func task(_ member: MemberRecord) -> String { folder.task(member.key, attempt: member.attempt) }

    /// Writes the task folder of an attempt: what the worker is told, and which examples it holds out.
    ///
    /// - Returns: the member's plan
    func prepare(_ member: MemberRecord) async throws -> MemberPlan {
        let plan = try JSONDecoder().decode(MemberPlan.self, from: Data(member.plan.utf8))
        guard let data = try await library.dataset(member.datasetId)?.manifest else {
            throw LibraryError.noDataset(member.datasetId)
        }
        try prepare(plan, on: data, in: task(member))
        return plan
    }

    /// Writes a task folder for a plan, in place of what stands there.
    func prepare(_ plan: MemberPlan, on data: DatasetManifest, in task: String) throws {
        let home = library.path(of: data)
        try folder.files.removeTree(task)
        try folder.files.createDirectory(task)
        var labels = try NPY.read(Int32.self, from: "\(home)/labels.npy").values
        let split = try NPY.read(UInt8.self, from: "\(home)/split.npy").values
        let duplicateOf = try NPY.read(Int32.self, from: "\(home)/duplicate_of.npy").values
        if let plant = plan.plant {
            let planted = try PlantedLabels(
                plant,
                seed: plan.training.seed,
                labels: labels,
                split: split,
                classes: plan.numClasses
            )
            guard planted.digest == plan.labels else {
                throw LabelsDifferError(expected: plan.labels, got: planted.digest)
            }
            labels = planted.effective
            try folder.files.write(planted.file, to: "\(task)/labels.npy")
        } else if plan.splitPlan == .thresholdSamples {
            let samples = ThresholdSamples(
                seed: plan.training.seed,
                labels: labels,
                split: split,
                duplicateOf: duplicateOf,
                classes: data.classes.count
            )
            let digest = samples.digest(run: plan.index)
            guard digest == plan.labels else { throw LabelsDifferError(expected: plan.labels, got: digest) }
            labels = samples.labels(run: plan.index)
            try folder.files.write(samples.file(run: plan.index), to: "\(task)/labels.npy")
        }
        let heldOut = try plan.heldOut(
            labels: labels,
            split: split,
            duplicateOf: duplicateOf
        )
        _ = try NPY.write(
            NDArray(shape: [heldOut.count], values: heldOut),
            to: "\(task)/held_out.npy",
            files: folder.files
        )
        let spec = try MemberSpec(plan: plan, data: data, folder: home)
        try folder.files.write(try CanonicalJSON.encode(spec), to: "\(task)/spec.json")
    }

    /// Takes finished evidence, from the task folder or, where only the store does not know it yet, from its place.
    /// - Returns: whether there was any
    func accept(_ member: MemberRecord) async throws -> Bool {
        let task = task(member)
        let home = folder.member(member.key)
        var manifest: MemberManifest?
        do {
            manifest = try MemberManifest.load(from: home, key: member.key, files: folder.files)
            if manifest == nil {
                manifest = try MemberManifest.load(from: task, key: member.key, files: folder.files)
                if manifest != nil {
                    try folder.files.removeTree(home)
                    try folder.files.remove("\(task)/\(CheckpointShelf.fileName)")
                    try folder.files.rename(task, to: home)
                }
            }
        } catch let error as EvidenceError {
            logger.warning("evidence is not used", metadata: ["member": "\(member.key)", "why": "\(error)"])
            try folder.files.removeTree(home)
            return false
        }
        guard let manifest else { return false }
        let result = String(decoding: try CanonicalJSON.encode(manifest.result), as: UTF8.self)
        if try await !queue.succeed(member, result: result) {
            logger.warning("a member ended after it was no longer wanted", metadata: ["member": "\(member.key)"])
        }
        return true
    }

    /// Back to the queue with what its last attempt left.
    func requeue(_ member: MemberRecord) async throws {
        shelf.keep(member.key, from: task(member))
        try await queue.requeue(member)
    }

    /// Removes the evidence of a member that nobody refers to.
    func discard(_ key: String) throws { try folder.files.removeTree(folder.member(key)) }

    /// Why an attempt ended without evidence, for people.
    ///
    /// - Parameters:
    ///   - failure: what the worker said of it, if it could
    ///   - exit: how it ended
    ///   - task: its task folder, with the log
    func reason(_ failure: ChildMessage?, _ exit: ChildExit, in task: String) -> String {
        if let detail = failure?.detail { return detail }
        var reason = "the worker stopped before it was done: \(exit)"
        let log = (try? folder.files.read("\(task)/stderr.log")) ?? []
        let lastLines = String(decoding: log.suffix(500), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if failure == nil, !lastLines.isEmpty { reason += "; its last words: \(lastLines)" }
        return reason
    }
}
