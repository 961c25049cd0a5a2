import GRDB

extension JobQueue {
    /// Those of some members whose evidence the store knows.
    func finished(among keys: [String]) async throws -> Set<String> {
        try await store.pool.read { database in
            Set(
                try keys.filter { key in try MemberRecord.fetchOne(database, key: key)?.state == .succeeded }
            )
        }
    }

    /// Live jobs whose turn is before that of a job submitted now.
    func jobsBefore(priority: Int) async throws -> Int {
        try await store.pool.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND turn <= ? - 3600.0 * ?",
                arguments: [Self.now, priority]
            ) ?? 0
        }
    }
}
