import Files
import Foundation
import Logging
import Tasks

/// What stands on the disk for members: the task folder that an attempt is given, and the evidence that it leaves.
struct TaskFolders: Sendable {
    let queue: JobQueue
    let folder: DataFolder
    let library: DatasetLibrary
    let kinds: JobKinds
    let shelf: CheckpointShelf
    let logger: Logger

    /// The folder of a member's newest attempt.
    func task(_ member: MemberRecord) -> String { folder.task(member.key, attempt: member.attempt) }

    /// Writes the task folder of an attempt: what the worker is told, and the files that this names.
    ///
    /// - Returns: what its worker is to be given
    func prepare(_ member: MemberRecord) async throws -> TaskNeeds {
        let kind = try kinds.require(member.kind)
        let data = try await data(of: member.claimedFor ?? "")
        return try prepare(DraftTask(key: member.key, plan: member.plan), of: kind, on: data, in: task(member))
    }

    /// Writes a task folder, in place of what stands there.
    func prepare(_ task: DraftTask, of kind: any JobKind, on data: JobData, in path: String) throws -> TaskNeeds {
        try folder.files.removeTree(path)
        try folder.files.createDirectory(path)
        return try kind.prepare(task, in: TaskFolder(path), on: data, files: folder.files)
    }

    /// The datasets of a job, which have been read.
    func data(of job: String) async throws -> JobData {
        var data: [DatasetRole: ReadyDataset] = [:]
        for (role, id) in try await queue.datasets(of: [job])[job] ?? [:] {
            guard let dataset = try await library.dataset(id) else { throw LibraryError.noDataset(id) }
            data[role] = try dataset.ready(in: folder)
        }
        return JobData(data)
    }

    /// Takes finished evidence, from the task folder or, where only the store does not know it yet, from its place.
    /// - Returns: whether there was any
    func accept(_ member: MemberRecord) async throws -> Bool {
        let task = task(member)
        let home = folder.member(member.key)
        var manifest: TaskManifest?
        do {
            manifest = try TaskManifest.load(from: home, key: member.key, files: folder.files)
            if manifest == nil {
                manifest = try TaskManifest.load(from: task, key: member.key, files: folder.files)
                if manifest != nil {
                    try folder.files.removeTree(home)
                    try folder.files.remove("\(task)/\(TaskFolder.checkpointName)")
                    try folder.files.rename(task, to: home)
                }
            }
        } catch let error as EvidenceError {
            logger.warning("evidence is not used", metadata: ["member": "\(member.key)", "why": "\(error)"])
            try folder.files.removeTree(home)
            return false
        }
        guard let manifest else { return false }
        if try await !queue.succeed(member, result: manifest.result) {
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
    func reason(_ outcome: Child.Outcome, in task: String) -> String {
        if let detail = outcome.failure?.detail { return detail }
        var reason = "the worker stopped before it was done: \(outcome.exit)"
        let log = (try? folder.files.read("\(task)/stderr.log")) ?? []
        let lastLines = String(decoding: log.suffix(500), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if outcome.failure == nil, !lastLines.isEmpty { reason += "; its last words: \(lastLines)" }
        return reason
    }
}
