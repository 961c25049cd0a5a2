import Files
import Foundation
import Logging
import Tasks

/// Has the evidence of a job's members reduced to a revision of its columns, by a child.
struct Reducer: Sendable {
    let queue: JobQueue
    let folder: DataFolder
    let folders: TaskFolders
    let kinds: JobKinds
    let launcher: any Launcher
    let logger: Logger

    /// Makes the next revision of a job's columns and publishes it.
    ///
    /// - Parameters:
    ///   - id: the job, of which nobody else makes a revision meanwhile: the one that stands is the newest
    ///   - evidence: what the columns are to rest on
    ///   - running: told of each child, and of its end by nil
    ///   - isStopping: whether the service is being stopped, which leaves the job as it is
    func reduce(
        _ id: String,
        _ evidence: JobVerdict.Evidence,
        running: @Sendable (Child?) async -> Void,
        isStopping: @Sendable () async -> Bool
    ) async throws {
        guard let job = try await queue.job(id), job.state.isLive else { return }
        let revision = job.revision + 1
        let output = folder.revision(job.id, revision)
        try folder.files.removeTree(output)
        try folder.files.createDirectory(output)
        let spec = "\(folder.job(job.id))/score-\(revision).json"
        try folder.files.write(try await specification(job, evidence, output: output), to: spec)
        let proof = "\(output)/summary.json"
        var outcome = Child.Outcome(exit: .exited(0))
        for _ in 0..<3 where !outcome.isProven && outcome.exit.mayRetry {
            let child = Child(
                ChildTask(arguments: ["score", "--spec", spec], standardError: "\(folder.job(job.id))/score.log"),
                by: launcher,
                proof: { [files = folder.files] in files.exists(proof) }
            )
            await running(child)
            outcome = await child.outcome
            await running(nil)
            // Stopped, by this process or with it: the job stays as it is and is looked at again.
            if await isStopping() || outcome.exit == .signalled(SIGTERM) { return }
        }
        guard outcome.isProven else {
            let detail = outcome.failure?.detail ?? "the reduction stopped before it was done: \(outcome.exit)"
            throw ReductionError(detail: detail)
        }
        try await queue.publish(
            revision,
            members: evidence.members.count,
            of: job.id,
            final: evidence.isFinal,
            stopReason: evidence.stopReason
        )
        logger.info(
            evidence.isFinal ? "job succeeded" : evidence.isPreview ? "first scores" : "partial scores",
            metadata: [
                "job": "\(job.id)", "revision": "\(revision)", "members": "\(evidence.members.count)",
                "stop_reason": "\(evidence.stopReason ?? "none")",
            ]
        )
        try folder.files.remove(spec)
        // A client may still be paging through the revision before this one.
        if revision > 2 { try folder.files.removeTree(folder.revision(job.id, revision - 2)) }
    }

    private func specification(_ job: JobRecord, _ evidence: JobVerdict.Evidence, output: String) async throws
        -> [UInt8]
    {
        try kinds.require(job.kind).reduction(
            JobEvidence(
                id: job.id,
                settings: job.settingsBytes,
                tasks: evidence.members.map {
                    ($0.index, evidence.isPreview ? "\(folder.previews(job.id))/\($0.key)" : folder.member($0.key))
                },
                excluded: evidence.excluded,
                isFinal: evidence.isFinal,
                isPreview: evidence.isPreview,
                folder: folder.job(job.id),
                output: output
            ),
            on: try await folders.data(of: job.id),
            files: folder.files
        )
    }
}
