import Datasets
import Difficulty
import Files
import Foundation
import GRDB
import Logging
import Tasks

/// The datasets: takes uploads, has them parsed in a child process, and finds them by id or name.
///
/// An upload is acknowledged only after its bytes have a durable name in `incoming/` and a row in the store, or after
/// the parsed folder has. A crash in between leaves either the finished dataset or an upload that is parsed again at
/// the next start.
public actor DatasetLibrary {
    /// A queue of its own: the library blocks on the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = QueueExecutor(label: "experiments.library")
    let store: Store
    let folder: DataFolder
    let launcher: any Launcher
    let logger: Logger
    /// Share of the parsing that is done, by dataset id, while it runs.
    nonisolated let fractions = Board([String: Double]())
    var running: [String: Task<Void, Never>] = [:]
    var children: [String: Child] = [:]
    var busyLanes = 0
    var queue: [CheckedContinuation<Void, Never>] = []
    /// Uploads whose outcome is not known yet: their rows exist or are about to.
    var pending: Set<String> = []
    var waiting: [String: [AsyncStream<Void>.Continuation]] = [:]
    var stopping = false
    var settled: (@Sendable (String) async -> Void)?

    init(store: Store, folder: DataFolder, launcher: any Launcher, logger: Logger) {
        self.store = store
        self.folder = folder
        self.launcher = launcher
        self.logger = logger
    }

    // MARK: Taking uploads

    /// Takes a complete upload.
    ///
    /// - Parameters:
    ///   - upload: its bytes
    ///   - name: the name it is to be found by
    ///   - options: how it is to be read
    ///   - patience: how long the answer may wait for the parsing; then it is `accepted`
    /// - Throws: `FilesError` where the disk is full
    public func add(
        _ upload: IncomingFile,
        name: String,
        options: UploadOptions,
        patience: Duration
    ) async throws -> UploadOutcome {
        // From here on it goes through even where the client goes away: GRDB refuses calls in a cancelled task.
        try await Task { try await self.addWhole(upload, name: name, options: options, patience: patience) }.value
    }

    private func addWhole(
        _ upload: IncomingFile,
        name: String,
        options: UploadOptions,
        patience: Duration
    ) async throws -> UploadOutcome {
        let bytes = await upload.digest()
        let optionsJSON = String(decoding: try CanonicalJSON.encode(options), as: UTF8.self)
        let digest = SHA256Hasher.hash(Array((bytes.sha256 + optionsJSON).utf8))
        if let known = try await find(uploadDigest: digest) {
            try await register(name: name, for: known.id)
            if known.state == .ready { return .existing(try DatasetSummary(known)) }
            await wait(for: known.id, patience: patience)
            return try await outcome(of: known.id, ifReady: UploadOutcome.existing)
        }
        let record = DatasetRecord(
            id: Identifier.make("ds"),
            name: name,
            state: .ingesting,
            uploadDigest: digest,
            options: optionsJSON,
            createdAt: Date().timeIntervalSince1970
        )
        pending.insert(record.id)
        // Another upload of the same bytes may have come in during the await above; the row is made in one
        // transaction with the look-up, so only one of them parses.
        let other: DatasetRecord? = try await store.pool.write { [record] database in
            if let other = try DatasetRecord.fetchOne(
                database,
                sql: "SELECT * FROM dataset WHERE uploadDigest = ? AND state <> 'failed'",
                arguments: [digest]
            ) {
                return other
            }
            try record.insert(database)
            return nil
        }
        if let other {
            settle(record.id)
            try await register(name: name, for: other.id)
            await wait(for: other.id, patience: patience)
            return try await outcome(of: other.id, ifReady: UploadOutcome.existing)
        }
        do {
            try await upload.link(to: folder.upload(record.id))
            try await register(name: name, for: record.id)
        } catch {
            try await forget(record.id)
            settle(record.id)
            throw error
        }
        start(record)
        await wait(for: record.id, patience: patience)
        return try await outcome(of: record.id, ifReady: UploadOutcome.created)
    }

    /// What to answer once the parsing has ended or patience has.
    private func outcome(
        of id: String,
        ifReady ready: (DatasetSummary) -> UploadOutcome
    ) async throws -> UploadOutcome {
        guard let record = try await record(id) else {
            // Somebody else sent the same bytes and has been told why they cannot be read.
            return .refused(
                Failure(code: "INGEST_FAILED", detail: "the same upload could not be read; send it again to see why")
            )
        }
        if let original = record.aliasOf, let other = try await self.record(original) {
            return .existing(try DatasetSummary(other))
        }
        let summary = try DatasetSummary(record, fraction: fractions.current[id])
        switch record.state {
        // A preview is no row of the store.
        case .ready, .preview: return ready(summary)
        case .ingesting: return .accepted(summary)
        case .failed:
            try await forget(id)
            return .refused(summary.failure ?? Failure(code: "INGEST_FAILED", detail: "the upload could not be read"))
        }
    }

    private func find(uploadDigest: String) async throws -> DatasetRecord? {
        let found = try await store.pool.read { database in
            try DatasetRecord.fetchOne(
                database,
                sql: "SELECT * FROM dataset WHERE uploadDigest = ? AND state <> 'failed'",
                arguments: [uploadDigest]
            )
        }
        guard let original = found?.aliasOf else { return found }
        return try await record(original)
    }

    private func register(name: String, for id: String) async throws {
        let record = DatasetNameRecord(name: name, datasetId: id, createdAt: Date().timeIntervalSince1970)
        try await store.pool.write { database in try record.upsert(database) }
    }

    /// Removes an upload that came to nothing, unless jobs were submitted on it meanwhile: then it stays, as failed.
    func forget(_ id: String) async throws {
        let interrupted = Failure(code: "INGEST_FAILED", detail: "the upload was not stored")
        let json = String(decoding: try CanonicalJSON.encode(interrupted), as: UTF8.self)
        try await store.pool.write { database in
            try database.execute(
                sql:
                    "DELETE FROM dataset WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM job_dataset WHERE datasetId = ?1)",
                arguments: [id]
            )
            try database.execute(
                sql: "UPDATE dataset SET state = 'failed', failure = ? WHERE id = ? AND state = 'ingesting'",
                arguments: [json, id]
            )
        }
        await settled?(id)
    }

    /// Has `body` called with the id of each dataset that has been read, or could not be.
    func whenSettled(_ body: @escaping @Sendable (String) async -> Void) { settled = body }

    func stop() async {
        stopping = true
        for child in children.values { child.stop() }
        for task in running.values { await task.value }
    }
}
