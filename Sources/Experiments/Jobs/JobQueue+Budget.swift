import GRDB

extension JobQueue {
    /// Live jobs whose time is up.
    func overdue() async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE state IN ('queued', 'running') AND stopReason IS NULL
                        AND budgetSince + maxSeconds <= ?
                    """,
                arguments: [Self.now]
            )
        }
    }

    /// When the next live job's time is up.
    func nextDeadline() async throws -> Timestamp? {
        try await store.pool.read { database in
            try Timestamp.fetchOne(
                database,
                sql: """
                    SELECT min(budgetSince + maxSeconds) FROM job
                    WHERE state IN ('queued', 'running') AND stopReason IS NULL
                    """
            )
        }
    }

    /// Notes that a live job's budget is spent: from now on none of its members starts for its sake. Returns false where
    /// it has ended or that is known already.
    func spend(_ id: String) async throws -> Bool {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET stopReason = ? WHERE id = ? AND state IN ('queued', 'running') AND stopReason IS NULL
                    """,
                arguments: [JobBudget.stopReason, id]
            )
            return database.changesCount == 1
        }
    }
}
