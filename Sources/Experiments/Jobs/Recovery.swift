import Files
import Foundation
import Logging

/// What a start of the service does about an earlier process: ends what it left running, takes what it finished, and
/// removes what belongs to nobody.
struct Recovery: Sendable {
    let queue: JobQueue
    let folder: DataFolder
    let members: TaskFolders
    let logger: Logger

    func run() async throws {
        let left = try await queue.running()
        // They have seen the end of their standard input and may be writing a checkpoint.
        await RunningProcess.end(
            left.compactMap { member in
                guard let id = member.processId, let start = member.processStart else { return nil }
                return RunningProcess(id: Int32(id), start: start)
            },
            patience: .seconds(10)
        )
        for member in left where try await !members.accept(member) { try await members.requeue(member) }
        var litter = Litter(files: folder.files, logger: logger)
        litter.count("member row", try await queue.removeOrphans(sparing: []).count)
        let known = try await queue.known()
        litter.sweep("task", in: "\(folder.root)/tasks") { !$0.hasPrefix("ingest-") }
        litter.sweep("job", in: "\(folder.root)/jobs") { known.revisions[$0] == nil }
        litter.sweep("member", in: "\(folder.root)/members") { !known.members.contains($0) }
        let awaited = try await queue.awaited()
        litter.sweep("checkpoint", in: folder.checkpoints) { !awaited.contains($0) }
        litter.sweep("backbone", in: folder.backbones) { $0.hasSuffix(".part") }
        // A writer that was killed; whole files have their own names.
        litter.sweep("unfinished file", in: folder.root) { $0.hasSuffix(".tmp") }
        for (job, revision) in known.revisions {
            // Nobody pages through a revision that was replaced before this start.
            litter.sweep("column revision", in: "\(folder.job(job))/columns") { $0 != "\(revision)" }
            litter.sweep("reduction", in: folder.job(job)) { $0.hasPrefix("score-") && $0.hasSuffix(".json") }
        }
        litter.report()
    }
}
