import Datasets
import Foundation
import GRDB

extension Experiments {
    /// A new job that goes on from another one: the same settings and seed with more repeats, or runs. Members are found by
    /// what they are made from, so all of the first job's are reused, finished or not. It has a fixed number of repeats,
    /// even where the first one added them until a score was reliable.
    ///
    /// - Parameters:
    ///   - repeats: how many repeats, or runs of random subsets, in all: more than the first job has
    ///   - priority: the new job's; the first job's where nil
    ///   - budget: what the new job may cost
    ///   - key: the client's name for the request
    /// - Throws: `SettingsError` where there are not more repeats than before, or too many
    public func extend(
        _ job: JobSummary,
        repeats: Int,
        priority: Int? = nil,
        budget: JobBudget? = nil,
        key: IdempotencyKey? = nil
    ) async throws -> JobSummary {
        guard var settings = job.settings, let data = job.dataset.manifest else {
            throw ExperimentError.datasetNotReady(job.dataset.id, job.dataset.state, job.dataset.failure)
        }
        guard settings.imported == nil else {
            throw SettingsError(issues: [
                .init(
                    pointer: "/repeats",
                    detail:
                        "the job is of a training log, to which no networks can be added; send a log of more members"
                )
            ])
        }
        guard settings.pruning == nil else {
            throw SettingsError(issues: [
                .init(pointer: "/repeats", detail: "the job verifies a pruning; ask for another one with more runs")
            ])
        }
        guard settings.ensemble.plan != .thresholdSamples else {
            throw SettingsError(issues: [
                .init(
                    pointer: "/runs",
                    detail:
                        "the job is of the plan threshold_samples, which has two runs and no more; another seed draws other "
                        + "threshold samples"
                )
            ])
        }
        let isSubsets = settings.ensemble.plan == .subsets
        let (rounds, parts) = isSubsets ? ("runs", "train ratios") : ("repeats", "folds")
        let before = settings.ensemble.repeats
        let most = max(1, 1_000 / settings.ensemble.folds)
        guard repeats > before, repeats <= most else {
            throw SettingsError(issues: [
                .init(
                    pointer: "/\(rounds)",
                    detail: repeats > before
                        ? "at most \(most): a job has at most 1000 members, got \(repeats) \(rounds) x "
                            + "\(settings.ensemble.folds) \(parts)"
                        : "how many \(rounds) in all: above the \(before) that the job has, got \(repeats)"
                )
            ])
        }
        settings.ensemble.repeats = repeats
        // So many and no more.
        settings.ensemble.until = nil
        return try await whole { [self, settings] in
            try await enqueue(
                settings,
                job.dataset,
                data,
                extending: job,
                priority: priority ?? job.priority,
                budget: budget,
                key: key
            )
        }
    }

    /// Puts a job that failed, was cancelled or ended with its budget back into the queue. Finished members stay; those
    /// that were given up get a new chance. A spent budget is lifted: the job goes to the end of its plan. One that was
    /// not spent counts anew.
    /// - Returns: false where it is in another state
    public func resume(_ job: JobSummary) async throws -> Bool {
        try await whole { [self] in
            guard var record = try await queue.job(job.id) else { return false }
            var all: [PlannedMember] = []
            // Verifications have all their members from the start.
            if let settings = job.settings, settings.pruning == nil, let data = job.dataset.manifest {
                all = try plans(settings, &record, on: data)
            }
            guard try await queue.resume(job.id, plans: all, isWhole: isWhole) else { return false }
            // One that failed while it waited for its data set has no members yet.
            await admit(waitingFor: job.dataset.id)
            await scheduler.settle(job.id)
            await scheduler.fill()
            return true
        }
    }
}

extension JobQueue {
    /// - Parameters:
    ///   - plans: the whole plan, of which the job may have been given the first members only
    ///   - isWhole: whether the evidence of a finished member is really there
    func resume(
        _ id: String,
        plans: [PlannedMember],
        isWhole: @escaping @Sendable (String) -> Bool
    ) async throws -> Bool {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = 'queued', failure = NULL, stopReason = NULL, finishedAt = NULL,
                        budgetSince = NULL, maxSeconds = iif(stopReason = ?1, NULL, maxSeconds),
                        maxMembers = iif(stopReason = ?1, NULL, maxMembers)
                    WHERE id = ?2 AND (state IN ('failed', 'cancelled') OR (state = 'succeeded' AND stopReason = ?1))
                    """,
                arguments: [JobBudget.stopReason, id]
            )
            guard database.changesCount == 1 else { return false }
            try database.execute(
                sql: """
                    UPDATE member SET state = 'queued', failures = 0, runAfter = 0, reason = NULL, finishedAt = NULL
                    WHERE state = 'failed' AND key IN (SELECT key FROM job_member WHERE jobId = ?)
                    """,
                arguments: [id]
            )
            guard let job = try JobRecord.fetchOne(database, key: id), job.request == nil else { return true }
            let linked =
                try Int.fetchOne(database, sql: "SELECT count(*) FROM job_member WHERE jobId = ?", arguments: [id]) ?? 0
            let allowed = plans.prefix(job.maxMembers ?? plans.count)
            try Self.insert(allowed.dropFirst(linked), of: job, isWhole: isWhole, in: database)
            return true
        }
    }
}
