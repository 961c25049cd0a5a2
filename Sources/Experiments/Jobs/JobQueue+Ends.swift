import Foundation
import GRDB
import Tasks

/// How jobs end, go on and go.
extension JobQueue {
    /// Notes why a live job ends, where nothing else has ended it.
    func stop(_ id: String, reason: String) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET stopReason = ? WHERE id = ? AND state IN ('queued', 'running') AND stopReason IS NULL
                    """,
                arguments: [reason, id]
            )
        }
    }

    /// Gives a live job more members, unless it was ended or changed meanwhile.
    ///
    /// - Parameter draft: its new settings, and all members of its plan
    func lengthen(
        _ job: JobRecord,
        to draft: JobDraft,
        isWhole: @escaping @Sendable (String) -> Bool
    ) async throws {
        try await store.pool.write { database in
            guard let now = try JobRecord.fetchOne(database, key: job.id), now.state.isLive, now.stopReason == nil,
                now.settings == job.settings
            else { return }
            let linked =
                try Int.fetchOne(
                    database,
                    sql: "SELECT count(*) FROM job_member WHERE jobId = ?",
                    arguments: [job.id]
                ) ?? 0
            try database.execute(
                sql: "UPDATE job SET settings = ? WHERE id = ?",
                arguments: [String(decoding: draft.settings, as: UTF8.self), job.id]
            )
            try Self.insert(draft.tasks.dropFirst(linked), of: job, isWhole: isWhole, in: database)
        }
    }

    /// Removes the rows of finished jobs that ended before a time and that no other job extends.
    func removeExpired(before time: Timestamp) async throws -> [String] {
        try await store.pool.write { database in
            try String.fetchAll(
                database,
                sql: """
                    DELETE FROM job WHERE state NOT IN ('queued', 'running') AND finishedAt < ?
                        AND NOT EXISTS (SELECT 1 FROM job other WHERE other.extends = job.id)
                    RETURNING id
                    """,
                arguments: [time]
            )
        }
    }
}
