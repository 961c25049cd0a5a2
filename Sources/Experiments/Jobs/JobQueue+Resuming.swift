import GRDB

extension JobQueue {
    /// - Parameters:
    ///   - tasks: the whole plan, of which the job may have been given the first members only
    ///   - isWhole: whether the evidence of a finished member is really there
    func resume(
        _ id: String,
        tasks: [DraftTask],
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
            let allowed = tasks.prefix(job.maxMembers ?? tasks.count)
            try Self.insert(allowed.dropFirst(linked), of: job, isWhole: isWhole, in: database)
            return true
        }
    }
}
