import Foundation
import GRDB

/// The rows of jobs and members: every change is one transaction, and every change by a run is fenced by the attempt
/// that makes it (architecture rule 4).
struct JobQueue: Sendable {
    let store: Store

    private static var now: Timestamp { Date().timeIntervalSince1970 }

    // MARK: Claiming

    /// Takes the next member that a live job waits for: the oldest job first, its members in order.
    func claim() async throws -> MemberRecord? {
        try await store.pool.write { database in
            let member = try MemberRecord.fetchOne(
                database,
                sql: """
                    UPDATE member SET state = 'running', attempt = attempt + 1, startedAt = ?1, finishedAt = NULL,
                        processId = NULL, processStart = NULL,
                        -- Equal keys may come from data sets that differ in names only; one that a live job has exists.
                        datasetId = (
                            SELECT j.datasetId FROM job_member jm JOIN job j ON j.id = jm.jobId
                            WHERE jm.key = member.key AND j.state IN ('queued', 'running')
                            ORDER BY j.createdAt, j.id LIMIT 1)
                    WHERE key = (
                        SELECT m.key FROM member m JOIN job_member jm ON jm.key = m.key JOIN job j ON j.id = jm.jobId
                        WHERE m.state = 'queued' AND m.runAfter <= ?1 AND j.state IN ('queued', 'running')
                        ORDER BY j.createdAt, j.id, jm."index" LIMIT 1)
                    RETURNING *
                    """,
                arguments: [Self.now]
            )
            if let member {
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'running', startedAt = coalesce(startedAt, ?1)
                        WHERE state = 'queued' AND id IN (SELECT jobId FROM job_member WHERE key = ?2)
                        """,
                    arguments: [Self.now, member.key]
                )
            }
            return member
        }
    }

    /// When the next queued member of a live job may be started, if all of them must wait.
    func nextStart() async throws -> Timestamp? {
        try await store.pool.read { database in
            try Timestamp.fetchOne(
                database,
                sql: """
                    SELECT min(m.runAfter) FROM member m JOIN job_member jm ON jm.key = m.key
                    JOIN job j ON j.id = jm.jobId WHERE m.state = 'queued' AND j.state IN ('queued', 'running')
                    """
            )
        }
    }

    /// Notes the process that runs an attempt, so that a later start of the service can end it.
    func note(_ process: RunningProcess, for member: MemberRecord) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql:
                    "UPDATE member SET processId = ?, processStart = ? WHERE key = ? AND attempt = ? AND state = 'running'",
                arguments: [Int(process.id), process.start, member.key, member.attempt]
            )
        }
    }

    // MARK: Ending an attempt

    /// The evidence stands under its key. Returns whether this attempt was still the one that counts.
    func succeed(_ member: MemberRecord, result: String) async throws -> Bool {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE member SET state = 'succeeded', result = ?, reason = NULL, finishedAt = ?,
                        processId = NULL, processStart = NULL
                    WHERE key = ? AND attempt = ? AND state = 'running'
                    """,
                arguments: [result, Self.now, member.key, member.attempt]
            )
            return database.changesCount == 1
        }
    }

    /// Back to the queue: interrupted by a stop of the service or because no job wanted it any more.
    func requeue(_ member: MemberRecord) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE member SET state = 'queued', processId = NULL, processStart = NULL
                    WHERE key = ? AND attempt = ? AND state = 'running'
                    """,
                arguments: [member.key, member.attempt]
            )
        }
    }

    /// A failure of its own: tried again after a pause that grows, or given up.
    /// - Returns: whether it was given up
    func fail(_ member: MemberRecord, reason: String, mayRetry: Bool) async throws -> Bool {
        let failures = member.failures + 1
        let givenUp = !mayRetry || failures >= 3
        let pause = givenUp ? 0 : pow(4, Double(failures)) * Double.random(in: 0.25...0.5)
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE member SET state = ?, failures = ?, runAfter = ?, reason = ?, finishedAt = ?,
                        processId = NULL, processStart = NULL
                    WHERE key = ? AND attempt = ? AND state = 'running'
                    """,
                arguments: [
                    givenUp ? "failed" : "queued", failures, Self.now + pause, reason, Self.now, member.key,
                    member.attempt,
                ]
            )
        }
        return givenUp
    }

    /// Keys of the unfinished members that live jobs wait for.
    func awaited() async throws -> Set<String> {
        try await store.pool.read { database in
            Set(
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT m.key FROM member m JOIN job_member jm ON jm.key = m.key JOIN job j ON j.id = jm.jobId
                        WHERE m.state IN ('queued', 'running') AND j.state IN ('queued', 'running')
                        """
                )
            )
        }
    }

    /// Members that the store believes to be running.
    func running() async throws -> [MemberRecord] {
        try await store.pool.read { database in
            try MemberRecord.fetchAll(database, sql: "SELECT * FROM member WHERE state = 'running'")
        }
    }

    // MARK: Jobs

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

    /// All jobs, newest first, filtered by state and data set where given.
    func list(limit: Int, after token: String?, state: JobState?, datasetId: String?) async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR datasetId = ?2)
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
                sql: "SELECT * FROM job WHERE state IN ('queued', 'running') ORDER BY createdAt, id"
            )
        }
    }

    /// Live jobs before this one.
    func position(of job: JobRecord) async throws -> Int {
        try await store.pool.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND (createdAt, id) < (?, ?)",
                arguments: [job.createdAt, job.id]
            ) ?? 0
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

    /// The live jobs that wait for a member.
    func liveJobs(waitingFor key: String) async throws -> [String] {
        try await store.pool.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT job.id FROM job JOIN job_member ON job.id = jobId
                    WHERE key = ? AND job.state IN ('queued', 'running') ORDER BY createdAt
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

    /// A revision of a job's columns is complete. The last one ends the job in the same transaction.
    func publish(_ revision: Int, members: Int, of id: String, final: Bool) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: "UPDATE job SET revision = ?, revisionMembers = ? WHERE id = ? AND revision < ?1",
                arguments: [revision, members, id]
            )
            if final {
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'succeeded', finishedAt = ?2, startedAt = coalesce(startedAt, ?2)
                        WHERE id = ?1 AND state IN ('queued', 'running')
                        """,
                    arguments: [id, Self.now]
                )
            }
        }
    }

    func member(_ key: String) async throws -> MemberRecord? {
        try await store.pool.read { database in try MemberRecord.fetchOne(database, key: key) }
    }

    /// Ids of all jobs, and keys of all members.
    func known() async throws -> (jobs: Set<String>, members: Set<String>) {
        try await store.pool.read { database in
            (
                Set(try String.fetchAll(database, sql: "SELECT id FROM job")),
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

    /// The jobs that refer to a data set, or wait for an upload that turned out to repeat it.
    func jobs(of datasetId: String) async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: "SELECT * FROM job WHERE datasetId IN (SELECT id FROM dataset WHERE id = ?1 OR aliasOf = ?1)",
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
