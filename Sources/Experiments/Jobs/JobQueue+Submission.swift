import Foundation
import GRDB
import Tasks

extension JobQueue {
    /// Stores a job with its members, unless its key names an earlier one or the queue is full. Finished members of equal
    /// key are reused; failed ones that no live job waits for get a new chance.
    ///
    /// - Parameters:
    ///   - job: the job; one that waits for its datasets has no members yet
    ///   - datasets: its datasets by role
    ///   - tasks: its members
    ///   - key: the client's name for the request
    ///   - limit: live jobs that there may be
    ///   - isWhole: whether the evidence of a finished member is really there
    /// - Returns: the job that stands for the request now
    /// - Throws: `ExperimentError.queueFull`, and what `replayed(_:)` throws
    func submit(
        _ job: JobRecord,
        on datasets: [DatasetRole: String],
        tasks: [DraftTask],
        key: IdempotencyKey?,
        limit: Int,
        isWhole: @escaping @Sendable (String) -> Bool
    ) async throws -> JobRecord {
        try await store.pool.write { database in
            if let key, let first = try Self.replayed(key, in: database) { return first }
            guard try Self.liveCount(in: database) < limit else { throw ExperimentError.queueFull(limit) }
            for id in datasets.values where try !DatasetRecord.exists(database, key: id) {
                throw ExperimentError.noDataset(id)
            }
            try job.insert(database)
            try Self.link(job.id, to: datasets, in: database)
            if let key {
                try database.execute(
                    sql: "DELETE FROM idempotency_key WHERE createdAt < ?",
                    arguments: [job.createdAt - IdempotencyKey.lifetime]
                )
                try database.execute(
                    sql: "INSERT INTO idempotency_key(key, digest, jobId, createdAt) VALUES (?, ?, ?, ?)",
                    arguments: [key.text, key.digest, job.id, job.createdAt]
                )
            }
            try Self.insert(Self.affordable(tasks, by: job), of: job, isWhole: isWhole, in: database)
            return job
        }
    }

    /// The job that an earlier request of the same key made.
    ///
    /// - Throws: `ExperimentError.keyReused` where that request asked for something else, `.keySpent` where its job was
    ///   removed
    func replayed(_ key: IdempotencyKey) async throws -> JobRecord? {
        try await store.pool.read { database in try Self.replayed(key, in: database) }
    }

    /// Jobs that wait or run.
    func liveCount() async throws -> Int {
        try await store.pool.read { database in try Self.liveCount(in: database) }
    }

    // MARK: Jobs that wait for their datasets

    /// The jobs that wait for a dataset to be read; for any where `id` is nil.
    func waiting(for id: String?) async throws -> [JobRecord] {
        try await store.pool.read { database in
            try JobRecord.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE request IS NOT NULL AND state = 'queued'
                        AND (?1 IS NULL OR id IN (SELECT jobId FROM job_dataset WHERE datasetId = ?1))
                    ORDER BY createdAt, id
                    """,
                arguments: [id]
            )
        }
    }

    /// Gives a job that waited for its datasets its settings and members. Does nothing where it waits no more.
    ///
    /// - Parameter datasets: its datasets by role: one that it waited for may have turned out to repeat another
    func admit(
        _ job: JobRecord,
        on datasets: [DatasetRole: String],
        tasks: [DraftTask],
        isWhole: @escaping @Sendable (String) -> Bool
    ) async throws {
        try await store.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE job SET settings = ?, request = NULL
                    WHERE id = ? AND state = 'queued' AND request IS NOT NULL
                    """,
                arguments: [job.settings, job.id]
            )
            if database.changesCount == 1 {
                try Self.link(job.id, to: datasets, in: database)
                try Self.insert(Self.affordable(tasks, by: job), of: job, isWhole: isWhole, in: database)
            }
        }
    }

    // MARK: Inside a transaction

    private static func replayed(_ key: IdempotencyKey, in database: Database) throws -> JobRecord? {
        guard
            let row = try Row.fetchOne(
                database,
                sql: "SELECT digest, jobId FROM idempotency_key WHERE key = ?",
                arguments: [key.text]
            )
        else { return nil }
        let digest: String = row["digest"]
        guard digest == key.digest else { throw ExperimentError.keyReused(key.text) }
        let id: String = row["jobId"]
        guard let job = try JobRecord.fetchOne(database, key: id) else { throw ExperimentError.keySpent(key.text, id) }
        return job
    }

    private static func liveCount(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM job WHERE state IN ('queued', 'running')") ?? 0
    }

    private static func link(_ job: String, to datasets: [DatasetRole: String], in database: Database) throws {
        for (role, id) in datasets { try JobDatasetRecord(jobId: job, role: role, datasetId: id).upsert(database) }
    }

    /// The members that a job's budget allows: the first of the plan, which holds its repeats one after the other, so
    /// that as many repeats as possible are whole.
    private static func affordable(_ tasks: [DraftTask], by job: JobRecord) -> ArraySlice<DraftTask> {
        tasks.prefix(job.maxMembers ?? tasks.count)
    }

    /// - Parameter tasks: members whose places in the plan are their indices
    static func insert(
        _ tasks: ArraySlice<DraftTask>,
        of job: JobRecord,
        isWhole: (String) -> Bool,
        in database: Database
    ) throws {
        for (index, member) in zip(tasks.indices, tasks) {
            let existing = try MemberRecord.fetchOne(database, key: member.key)
            let isReused = existing?.state == .succeeded && isWhole(member.key)
            if existing == nil {
                let outcome = try member.result.map { try TaskOutcome(.raw(Array($0.utf8))) }
                try MemberRecord(
                    key: member.key,
                    kind: job.kind,
                    state: member.result == nil ? .queued : .succeeded,
                    plan: member.plan,
                    attempt: 0,
                    failures: 0,
                    runAfter: 0,
                    result: outcome?.text,
                    excluded: outcome?.isExcluded ?? false,
                    seconds: outcome?.seconds,
                    finishedAt: member.result == nil ? nil : Date().timeIntervalSince1970
                ).insert(database)
            } else if existing?.state == .failed || (existing?.state == .succeeded && !isReused) {
                try database.execute(
                    sql: """
                        UPDATE member SET state = 'queued', failures = 0, runAfter = 0, reason = NULL, result = NULL,
                            excluded = 0, seconds = NULL WHERE key = ?
                        """,
                    arguments: [member.key]
                )
            }
            try JobMemberRecord(jobId: job.id, index: index, key: member.key, reused: isReused).insert(database)
        }
        // What runs for another job already runs for this one, too.
        try database.execute(
            sql: """
                UPDATE job SET state = 'running', startedAt = coalesce(startedAt, ?1),
                    budgetSince = coalesce(budgetSince, ?1)
                WHERE id = ?2 AND state = 'queued' AND EXISTS (
                    SELECT 1 FROM job_member jm JOIN member m ON m.key = jm.key
                    WHERE jm.jobId = ?2 AND m.state = 'running')
                """,
            arguments: [now, job.id]
        )
    }
}
