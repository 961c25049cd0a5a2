import Foundation
import GRDB

/// The database of the service: one process, one pool (GRDB, "Concurrency Rules", rule 1), WAL, and full
/// synchronisation, because an acknowledged upload or job is a promise.
struct Store: Sendable {
    let pool: DatabasePool

    init(path: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        // An operator's sqlite3 shell may hold the lock for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // GRDB sets NORMAL with WAL, which may lose the last commits in a power cut.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        try Self.migrator.migrate(pool)
    }

    /// Names of migrations are permanent: a released one never changes.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("datasets, jobs and members") { database in
            try database.execute(
                sql: """
                    CREATE TABLE dataset (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, uploadDigest TEXT NOT NULL,
                        options TEXT NOT NULL, digest TEXT, aliasOf TEXT, manifest TEXT, failure TEXT,
                        createdAt REAL NOT NULL
                    ) STRICT;
                    CREATE INDEX dataset_upload ON dataset(uploadDigest);
                    CREATE UNIQUE INDEX dataset_digest ON dataset(digest) WHERE digest IS NOT NULL;
                    CREATE TABLE dataset_name (
                        name TEXT NOT NULL, datasetId TEXT NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
                        createdAt REAL NOT NULL, PRIMARY KEY (name, datasetId)
                    ) STRICT;
                    CREATE TABLE job (
                        id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
                        stopReason TEXT, failure TEXT, datasetId TEXT NOT NULL REFERENCES dataset(id),
                        settings TEXT NOT NULL, revision INTEGER NOT NULL, revisionMembers INTEGER NOT NULL,
                        createdAt REAL NOT NULL, startedAt REAL, finishedAt REAL
                    ) STRICT;
                    CREATE INDEX job_name ON job(name, createdAt);
                    CREATE INDEX job_live ON job(createdAt) WHERE state IN ('queued', 'running');
                    CREATE TABLE member (
                        key TEXT PRIMARY KEY, datasetId TEXT NOT NULL, state TEXT NOT NULL, plan TEXT NOT NULL,
                        attempt INTEGER NOT NULL, failures INTEGER NOT NULL, runAfter REAL NOT NULL, reason TEXT,
                        result TEXT, processId INTEGER, processStart INTEGER, startedAt REAL, finishedAt REAL
                    ) STRICT;
                    CREATE INDEX member_queued ON member(runAfter) WHERE state = 'queued';
                    CREATE TABLE job_member (
                        jobId TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE, "index" INTEGER NOT NULL,
                        key TEXT NOT NULL REFERENCES member(key), reused INTEGER NOT NULL,
                        PRIMARY KEY (jobId, "index")
                    ) STRICT;
                    CREATE INDEX job_member_key ON job_member(key);
                    """
            )
        }
        migrator.registerMigration("jobs that wait for their data set") { database in
            try database.execute(sql: "ALTER TABLE job ADD COLUMN request TEXT")
        }
        migrator.registerMigration("idempotency keys") { database in
            // No reference to the job: a repeat must not make a new one because the first was removed.
            try database.execute(
                sql: """
                    CREATE TABLE idempotency_key (
                        key TEXT PRIMARY KEY, digest TEXT NOT NULL, jobId TEXT NOT NULL, createdAt REAL NOT NULL
                    ) STRICT;
                    CREATE INDEX idempotency_key_age ON idempotency_key(createdAt);
                    """
            )
        }
        migrator.registerMigration("reviews of examples") { database in
            try database.execute(
                sql: """
                    CREATE TABLE review (
                        datasetId TEXT NOT NULL REFERENCES dataset(id) ON DELETE CASCADE, rowIndex INTEGER NOT NULL,
                        decision TEXT NOT NULL, label TEXT, jobId TEXT NOT NULL, createdAt REAL NOT NULL,
                        updatedAt REAL NOT NULL, PRIMARY KEY (datasetId, rowIndex)
                    ) STRICT;
                    """
            )
        }
        migrator.registerMigration("jobs that extend others") { database in
            try database.execute(sql: "ALTER TABLE job ADD COLUMN extends TEXT")
        }
        migrator.registerMigration("priorities and budgets of jobs") { database in
            // A point of priority is worth an hour of waiting: the column is what `JobPriority` describes.
            try database.execute(
                sql: """
                    ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE job ADD COLUMN turn REAL GENERATED ALWAYS AS (createdAt - 3600.0 * priority) VIRTUAL;
                    ALTER TABLE job ADD COLUMN maxSeconds REAL;
                    ALTER TABLE job ADD COLUMN maxMembers INTEGER;
                    ALTER TABLE job ADD COLUMN budgetSince REAL;
                    CREATE INDEX job_turn ON job(turn, id) WHERE state IN ('queued', 'running');
                    """
            )
        }
        migrator.registerMigration("datasets of jobs by role, members by kind") { database in
            try database.execute(
                sql: """
                    CREATE TABLE job_dataset (
                        jobId TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE, role TEXT NOT NULL,
                        datasetId TEXT NOT NULL REFERENCES dataset(id), PRIMARY KEY (jobId, role)
                    ) STRICT;
                    CREATE INDEX job_dataset_dataset ON job_dataset(datasetId);
                    INSERT INTO job_dataset(jobId, role, datasetId) SELECT id, 'data', datasetId FROM job;
                    -- A column that refers to another table cannot be dropped: the table is made anew (sqlite.org,
                    -- lang_altertable, section 7).
                    CREATE TABLE new_job (
                        id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
                        stopReason TEXT, failure TEXT, settings TEXT NOT NULL, revision INTEGER NOT NULL,
                        revisionMembers INTEGER NOT NULL, createdAt REAL NOT NULL, startedAt REAL, finishedAt REAL,
                        request TEXT, extends TEXT, priority INTEGER NOT NULL DEFAULT 0,
                        turn REAL GENERATED ALWAYS AS (createdAt - 3600.0 * priority) VIRTUAL,
                        maxSeconds REAL, maxMembers INTEGER, budgetSince REAL
                    ) STRICT;
                    INSERT INTO new_job(id, kind, name, state, stopReason, failure, settings, revision, revisionMembers,
                        createdAt, startedAt, finishedAt, request, extends, priority, maxSeconds, maxMembers, budgetSince)
                    SELECT id, kind, name, state, stopReason, failure, settings, revision, revisionMembers,
                        createdAt, startedAt, finishedAt, request, extends, priority, maxSeconds, maxMembers, budgetSince
                    FROM job;
                    DROP TABLE job;
                    ALTER TABLE new_job RENAME TO job;
                    CREATE INDEX job_name ON job(name, createdAt);
                    CREATE INDEX job_live ON job(createdAt) WHERE state IN ('queued', 'running');
                    CREATE INDEX job_turn ON job(turn, id) WHERE state IN ('queued', 'running');

                    -- Training logs were jobs with made-up settings.
                    UPDATE job SET kind = 'log', settings = json_object(
                        'epochs', json_extract(settings, '$.training.epochs'),
                        'folds', json_extract(settings, '$.ensemble.folds'),
                        'format', json_extract(settings, '$.imported.format'),
                        'k', json_extract(settings, '$.probes.k'),
                        'notes', json(json_extract(settings, '$.imported.notes')),
                        'observe', json_extract(settings, '$.imported.observe'),
                        'probe_names', json(json_extract(settings, '$.imported.probe_names')),
                        'repeats', json_extract(settings, '$.ensemble.repeats'))
                    WHERE settings <> '' AND json_extract(settings, '$.imported') IS NOT NULL;
                    UPDATE job SET kind = 'log' WHERE json_extract(request, '$.log') IS NOT NULL;

                    ALTER TABLE member ADD COLUMN kind TEXT NOT NULL DEFAULT 'difficulty';
                    UPDATE member SET kind = coalesce(
                        (SELECT job.kind FROM job_member JOIN job ON job.id = jobId WHERE job_member.key = member.key),
                        kind);
                    ALTER TABLE member ADD COLUMN claimedFor TEXT;
                    ALTER TABLE member DROP COLUMN datasetId;
                    -- What is asked of every member of a job whenever it is shown.
                    ALTER TABLE member ADD COLUMN excluded INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE member ADD COLUMN seconds REAL;
                    UPDATE member SET excluded = coalesce(json_extract(result, '$.learned') = 0, 0),
                        seconds = (SELECT sum(value) FROM json_each(result, '$.seconds'))
                    WHERE result IS NOT NULL;
                    """
            )
        }
        migrator.registerMigration("members that make way for others") { database in
            try database.execute(sql: "ALTER TABLE member ADD COLUMN place REAL")
        }
        return migrator
    }
}

/// Ids are random: they say nothing, and cannot collide with a name because names may not look like them.
public enum Identifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    /// Such as `ds_7h3k9m2q4r`.
    public static func make(_ prefix: String) -> String {
        prefix + "_" + String((0..<10).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }
}
