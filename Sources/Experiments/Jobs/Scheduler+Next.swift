import Files
import Logging
import Tasks

/// Jobs whose kind decides after each revision what comes next.
extension Scheduler {
    /// Goes on with a job all of whose members are reduced, or notes why it ends.
    ///
    /// - Parameter before: the revision of its columns that stood before this reduction
    /// - Returns: false where the reduction came to nothing
    func decide(_ id: String, after before: Int) async throws -> Bool {
        guard let job = try await queue.job(id), job.state.isLive, job.revision > before,
            let first = try await queue.members(of: id).first?.member
        else { return false }
        let step = try kinds.require(job.kind).next(
            OpenJob(
                settings: job.settingsBytes,
                first: DraftTask(key: first.key, plan: first.plan),
                maxTasks: job.maxMembers
            ),
            after: folder.revision(id, job.revision),
            files: folder.files
        )
        switch step {
        case .stop(let reason):
            logger.info("job decides to end", metadata: ["job": "\(id)", "reason": "\(reason)"])
            try await queue.stop(id, reason: reason)
        case .more(let draft):
            logger.info("job decides to go on", metadata: ["job": "\(id)", "members": "\(draft.tasks.count)"])
            try await queue.lengthen(job, to: draft) { [folder] key in
                folder.files.exists("\(folder.member(key))/\(TaskFolder.manifestName)")
            }
            fill()
        }
        return true
    }
}
