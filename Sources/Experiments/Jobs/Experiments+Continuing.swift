import Datasets
import Foundation
import GRDB

extension Experiments {
    /// A new job that goes on from another one: the same settings and seed with more repeats. Members are found by
    /// what they are made from, so all of the first job's are reused, finished or not.
    ///
    /// - Parameter repeats: how many in all, more than the first job has
    /// - Throws: `SettingsError` where there are not more repeats than before, or too many
    public func extend(_ job: JobSummary, repeats: Int) async throws -> JobSummary {
        guard var settings = job.settings, let data = job.dataset.manifest else {
            throw ExperimentError.datasetNotReady(job.dataset.id, job.dataset.state, job.dataset.failure)
        }
        let before = settings.ensemble.repeats
        let most = max(1, 1_000 / settings.ensemble.folds)
        guard repeats > before, repeats <= most else {
            throw SettingsError(issues: [
                .init(
                    pointer: "/repeats",
                    detail: repeats > before
                        ? "at most \(most): a job has at most 1000 members, got \(repeats) repeats x "
                            + "\(settings.ensemble.folds) folds"
                        : "how many repeats in all: above the \(before) that the job has, got \(repeats)"
                )
            ])
        }
        settings.ensemble.repeats = repeats
        return try await whole { [self, settings] in
            try await enqueue(settings, job.dataset, data, name: job.name, extends: job.id)
        }
    }

    /// Puts a failed or cancelled job back into the queue. Finished members stay; those that were given up get a new
    /// chance.
    /// - Returns: false where it is in another state
    public func resume(_ job: JobSummary) async throws -> Bool {
        try await whole { [self] in
            guard try await queue.resume(job.id) else { return false }
            // One that failed while it waited for its data set has no members yet.
            await admit(waitingFor: job.dataset.id)
            await scheduler.settle(job.id)
            await scheduler.fill()
            return true
        }
    }
}

extension JobQueue {
    func resume(_ id: String) async throws -> Bool {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = 'queued', failure = NULL, stopReason = NULL, finishedAt = NULL
                    WHERE id = ? AND state IN ('failed', 'cancelled')
                    """,
                arguments: [id]
            )
            guard database.changesCount == 1 else { return false }
            try database.execute(
                sql: """
                    UPDATE member SET state = 'queued', failures = 0, runAfter = 0, reason = NULL, finishedAt = NULL
                    WHERE state = 'failed' AND key IN (SELECT key FROM job_member WHERE jobId = ?)
                    """,
                arguments: [id]
            )
            return true
        }
    }
}
