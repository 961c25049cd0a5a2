import Foundation
import GRDB
import Tasks

/// The rows of jobs and members: every change is one transaction, and every change by a run is fenced by the attempt
/// that makes it (architecture rule 4).
struct JobQueue: Sendable {
    let store: Store

    static var now: Timestamp { Date().timeIntervalSince1970 }

    // MARK: Claiming

    /// Takes the next member that a live job waits for: jobs by their turn (see `JobPriority`), the members of each in
    /// order, those that made way last.
    func claim() async throws -> MemberRecord? {
        try await store.pool.write { database in
            let member = try MemberRecord.fetchOne(
                database,
                sql: """
                    UPDATE member SET state = 'running', attempt = attempt + 1, startedAt = ?1, finishedAt = NULL,
                        processId = NULL, processStart = NULL,
                        claimedFor = (
                            SELECT j.id FROM job_member jm JOIN job j ON j.id = jm.jobId
                            WHERE jm.key = member.key AND j.state IN ('queued', 'running')
                            ORDER BY j.turn, j.id LIMIT 1)
                    WHERE key = (
                        SELECT m.key FROM member m JOIN job_member jm ON jm.key = m.key JOIN job j ON j.id = jm.jobId
                        WHERE m.state = 'queued' AND m.runAfter <= ?1 AND j.state IN ('queued', 'running')
                            AND j.stopReason IS NULL
                        ORDER BY j.turn, j.id, coalesce(m.place, jm."index"), jm."index" LIMIT 1)
                    RETURNING *
                    """,
                arguments: [Self.now]
            )
            if let member {
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'running', startedAt = coalesce(startedAt, ?1),
                            budgetSince = coalesce(budgetSince, ?1)
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
                    JOIN job j ON j.id = jm.jobId
                    WHERE m.state = 'queued' AND j.state IN ('queued', 'running') AND j.stopReason IS NULL
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
    func succeed(_ member: MemberRecord, result: JSON) async throws -> Bool {
        let outcome = try TaskOutcome(result)
        return try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE member SET state = 'succeeded', result = ?, excluded = ?, seconds = ?, reason = NULL,
                        finishedAt = ?, processId = NULL, processStart = NULL
                    WHERE key = ? AND attempt = ? AND state = 'running'
                    """,
                arguments: [
                    outcome.text, outcome.isExcluded, outcome.seconds, Self.now, member.key, member.attempt,
                ]
            )
            return database.changesCount == 1
        }
    }

    /// Back to the queue: interrupted by a stop of the service, because no job wanted it any more, or to make way.
    ///
    /// - Parameter place: before which member of its job it is to be taken again; nil: its own place
    func requeue(_ member: MemberRecord, place: Double? = nil) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE member SET state = 'queued', processId = NULL, processStart = NULL, place = coalesce(?, place)
                    WHERE key = ? AND attempt = ? AND state = 'running'
                    """,
                arguments: [place, member.key, member.attempt]
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

    /// Keys of the unfinished members that live jobs wait for, or would if they were resumed after their budget was
    /// spent.
    func awaited() async throws -> Set<String> {
        try await store.pool.read { database in
            Set(
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT m.key FROM member m JOIN job_member jm ON jm.key = m.key JOIN job j ON j.id = jm.jobId
                        WHERE m.state IN ('queued', 'running')
                            AND (j.state IN ('queued', 'running') OR j.stopReason = ?)
                        """,
                    arguments: [JobBudget.stopReason]
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
}

/// What the store keeps of what came out of a task.
struct TaskOutcome {
    /// All of it, as canonical JSON.
    let text: String
    let isExcluded: Bool
    /// All phases together; nil where they are not known.
    let seconds: Double?

    init(_ result: JSON) throws {
        let common: TaskResult = try result.decode()
        text = try CanonicalJSON.text(result)
        isExcluded = common.learned == false
        seconds = common.seconds.map { $0.values.reduce(0, +) }
    }
}
