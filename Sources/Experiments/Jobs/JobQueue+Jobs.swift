import Foundation
import GRDB
import Tasks

/// The rows of jobs: finding them, ending them, removing them.
extension JobQueue {
    func job(_ id: String) async throws -> JobRecord? {
        try await store.pool.read { database in try JobRecord.fetchOne(database, key: id) }
    }

    /// The job of that id or, failing that, the newest of that name.
    func resolve(_ idOrName: String) async throws -> JobRecord? {
        try await store.pool.read { database in
            if let job = try JobRecord.fetchOne(database, key: idOrName) { return job }
            return try JobRecord.fetchOne(
                database,
                sql: "SELECT * FROM job WHERE name = ? ORDER BY createdAt DESC, id DESC LIMIT 1",
                arguments: [idOrName]
            )
        }
    }

    /// All jobs, newest first, filtered by state and by a dataset in any role where given.
    func list(limit: Int, after token: String?, state: JobState?, datasetId: String?) async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE (?1 IS NULL OR state = ?1)
                        AND (?2 IS NULL OR id IN (SELECT jobId FROM job_dataset WHERE datasetId = ?2))
                        AND (?3 IS NULL OR (createdAt, id) < (SELECT createdAt, id FROM job WHERE id = ?3))
                    ORDER BY createdAt DESC, id DESC LIMIT ?4
                    """,
                arguments: [state?.rawValue, datasetId, token, limit]
            )
        }
    }

    func liveJobs() async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: "SELECT * FROM job WHERE state IN ('queued', 'running') ORDER BY turn, id"
            )
        }
    }

    /// Live jobs whose turn is before this one's.
    func position(of job: JobRecord) async throws -> Int {
        try await store.pool.read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM job WHERE state IN ('queued', 'running')
                        AND (turn, id) < (SELECT turn, id FROM job WHERE id = ?)
                    """,
                arguments: [job.id]
            ) ?? 0
        }
    }

    /// The datasets of jobs, by job and role.
    func datasets(of jobs: [String]) async throws -> [String: [DatasetRole: String]] {
        let records = try await store.pool.read { database in
            try JobDatasetRecord.fetchAll(
                database,
                sql: "SELECT * FROM job_dataset WHERE jobId IN (SELECT value FROM json_each(?))",
                arguments: [try CanonicalJSON.text(jobs)]
            )
        }
        return Dictionary(grouping: records, by: \.jobId).mapValues { rows in
            Dictionary(uniqueKeysWithValues: rows.map { ($0.role, $0.datasetId) })
        }
    }

    /// How many members of each job are in which state, and what those that are done took.
    func tallies(of jobs: [String]) async throws -> [String: MemberTally] {
        try await store.pool.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT jobId, m.state AS state, count(*) AS n, sum(reused) AS reused, sum(excluded) AS excluded,
                        count(seconds) AS timed, total(seconds) AS seconds,
                        group_concat(iif(m.state = 'running', m.key, NULL)) AS running,
                        group_concat(iif(m.state = 'queued' AND m.place IS NOT NULL, m.key, NULL)) AS paused
                    FROM job_member jm JOIN member m ON m.key = jm.key
                    WHERE jobId IN (SELECT value FROM json_each(?)) GROUP BY jobId, m.state
                    """,
                arguments: [try CanonicalJSON.text(jobs)]
            )
            var tallies: [String: MemberTally] = [:]
            for row in rows { tallies[row["jobId"], default: MemberTally()].add(row) }
            return tallies
        }
    }

    /// The members of a job in order, each with its link.
    func members(of job: String) async throws -> [(link: JobMemberRecord, member: MemberRecord)] {
        try await store.pool.read { database in
            let links = try JobMemberRecord.fetchAll(
                database,
                sql: "SELECT * FROM job_member WHERE jobId = ? ORDER BY \"index\"",
                arguments: [job]
            )
            let members = try MemberRecord.fetchAll(
                database,
                sql: "SELECT * FROM member WHERE key IN (SELECT key FROM job_member WHERE jobId = ?)",
                arguments: [job]
            )
            let byKey = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0) })
            return links.compactMap { link in byKey[link.key].map { (link, $0) } }
        }
    }

    /// The live jobs that wait for a member: not those whose budget is spent.
    func liveJobs(waitingFor key: String) async throws -> [String] {
        try await store.pool.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT job.id FROM job JOIN job_member ON job.id = jobId
                    WHERE key = ? AND job.state IN ('queued', 'running') AND job.stopReason IS NULL ORDER BY turn
                    """,
                arguments: [key]
            )
        }
    }

    /// The live jobs that have a member.
    func liveJobs(with key: String) async throws -> [String] {
        try await store.pool.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT job.id FROM job JOIN job_member ON job.id = jobId
                    WHERE key = ? AND job.state IN ('queued', 'running') ORDER BY turn
                    """,
                arguments: [key]
            )
        }
    }

    /// Moves a live job to a final state. Returns false where it was in one already.
    func finish(_ id: String, state: JobState, failure: String? = nil, stopReason: String? = nil) async throws -> Bool {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = ?, failure = ?, stopReason = ?, finishedAt = ?
                    WHERE id = ? AND state IN ('queued', 'running')
                    """,
                arguments: [state.rawValue, failure, stopReason, Self.now, id]
            )
            return database.changesCount == 1
        }
    }

    /// A revision of a job's columns is complete. The last one ends the job in the same transaction, with the reason
    /// where that is before its plan is done.
    func publish(_ revision: Int, members: Int, of id: String, final: Bool, stopReason: String?) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: "UPDATE job SET revision = ?, revisionMembers = ? WHERE id = ? AND revision < ?1",
                arguments: [revision, members, id]
            )
            if final {
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'succeeded', finishedAt = ?2, startedAt = coalesce(startedAt, ?2),
                            stopReason = ?3
                        WHERE id = ?1 AND state IN ('queued', 'running')
                        """,
                    arguments: [id, Self.now, stopReason]
                )
            }
        }
    }

    func member(_ key: String) async throws -> MemberRecord? {
        try await store.pool.read { database in try MemberRecord.fetchOne(database, key: key) }
    }

    /// The newest revision of each job by its id, and keys of all members.
    func known() async throws -> (revisions: [String: Int], members: Set<String>) {
        try await store.pool.read { database in
            let jobs = try Row.fetchAll(database, sql: "SELECT id, revision FROM job")
            return (
                Dictionary(uniqueKeysWithValues: jobs.map { ($0["id"], $0["revision"]) }),
                Set(try String.fetchAll(database, sql: "SELECT key FROM member"))
            )
        }
    }

    /// Whether no job refers to a member.
    func isOrphan(_ key: String) async throws -> Bool {
        try await store.pool.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT NOT EXISTS (SELECT 1 FROM job_member WHERE key = ?)",
                arguments: [key]
            ) ?? true
        }
    }

    func remove(_ id: String) async throws {
        try await store.pool.write { database in
            try database.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id])
        }
    }

    /// Removes the rows of members that nobody refers to any more and returns their keys.
    func removeOrphans(sparing running: Set<String>) async throws -> [String] {
        try await store.pool.write { database in
            let orphans = try String.fetchAll(
                database,
                sql:
                    "SELECT key FROM member WHERE NOT EXISTS (SELECT 1 FROM job_member WHERE job_member.key = member.key)"
            ).filter { !running.contains($0) }
            for key in orphans { try database.execute(sql: "DELETE FROM member WHERE key = ?", arguments: [key]) }
            return orphans
        }
    }

    /// The jobs that refer to a dataset, or wait for an upload that turned out to repeat it.
    func jobs(of datasetId: String) async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE id IN (
                        SELECT jobId FROM job_dataset JOIN dataset ON dataset.id = datasetId
                        WHERE dataset.id = ?1 OR aliasOf = ?1)
                    """,
                arguments: [datasetId]
            )
        }
    }

    /// Rows by state, of each table.
    func counts() async throws -> [String: [String: Int]] {
        try await store.pool.read { database in
            var counts: [String: [String: Int]] = [:]
            for table in ["dataset", "job", "member"] {
                for row in try Row.fetchAll(database, sql: "SELECT state, count(*) AS n FROM \(table) GROUP BY state") {
                    counts[table, default: [:]][row["state"]] = row["n"]
                }
            }
            return counts
        }
    }
}
