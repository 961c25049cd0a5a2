import Datasets
import Files
import Foundation
import GRDB
import Logging

/// The data sets: takes uploads, has them parsed in a child process, and finds them by id or name.
///
/// An upload is acknowledged only after its bytes have a durable name in `incoming/` and a row in the store, or after
/// the parsed folder has. A crash in between leaves either the finished data set or an upload that is parsed again at
/// the next start.
public actor DatasetLibrary {
    /// A queue of its own: the library blocks on the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = QueueExecutor(label: "experiments.library")
    private let store: Store
    private let folder: DataFolder
    private let launcher: any Launcher
    private let logger: Logger
    /// Share of the parsing that is done, by data set id, while it runs.
    private var fractions: [String: Double] = [:]
    private var running: [String: Task<Void, Never>] = [:]
    private var launches: [String: Launch] = [:]
    private var busyLanes = 0
    private var queue: [CheckedContinuation<Void, Never>] = []
    /// Uploads whose outcome is not known yet: their rows exist or are about to.
    private var pending: Set<String> = []
    private var waiting: [String: [AsyncStream<Void>.Continuation]] = [:]
    private var stopping = false
    private var settled: (@Sendable (String) async -> Void)?

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
        let summary = try DatasetSummary(record, fraction: fractions[id])
        switch record.state {
        case .ready: return ready(summary)
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
    private func forget(_ id: String) async throws {
        let interrupted = Failure(code: "INGEST_FAILED", detail: "the upload was not stored")
        let json = String(decoding: try CanonicalJSON.encode(interrupted), as: UTF8.self)
        try await store.pool.write { database in
            try database.execute(
                sql: "DELETE FROM dataset WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM job WHERE datasetId = ?1)",
                arguments: [id]
            )
            try database.execute(
                sql: "UPDATE dataset SET state = 'failed', failure = ? WHERE id = ? AND state = 'ingesting'",
                arguments: [json, id]
            )
        }
        await settled?(id)
    }

    /// Has `body` called with the id of each data set that has been read, or could not be.
    func whenSettled(_ body: @escaping @Sendable (String) async -> Void) { settled = body }

    // MARK: Parsing

    /// Parses again what a stop of the service interrupted, and removes what failed more than a day ago.
    func recover() async throws {
        let yesterday = Date().timeIntervalSince1970 - 86_400
        let interrupted = try await store.pool.write { database in
            try database.execute(
                sql: """
                    DELETE FROM dataset WHERE state = 'failed' AND createdAt < ?
                        AND NOT EXISTS (SELECT 1 FROM job WHERE datasetId = dataset.id)
                    """,
                arguments: [yesterday]
            )
            return try DatasetRecord.fetchAll(
                database,
                sql: "SELECT * FROM dataset WHERE state = 'ingesting' ORDER BY createdAt"
            )
        }
        let wanted = Set(interrupted.map(\.id))
        for name in try folder.files.list(folder.incoming) where !wanted.contains(name) {
            try folder.files.remove(folder.upload(name))
        }
        for name in try folder.files.list("\(folder.root)/tasks") where name.hasPrefix("ingest-") {
            try folder.files.removeTree("\(folder.root)/tasks/\(name)")
        }
        try await sweep()
        for record in interrupted {
            if folder.files.exists(folder.upload(record.id)) {
                start(record)
            } else {
                // The row came before the bytes had a name: this upload was never acknowledged.
                try await forget(record.id)
            }
        }
    }

    private func start(_ record: DatasetRecord) {
        pending.insert(record.id)
        running[record.id] = Task { await self.ingest(record) }
    }

    /// Uploads that are parsed at once: each child may take gigabytes.
    private static let lanes = 2

    private func enter() async {
        if busyLanes < Self.lanes {
            busyLanes += 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    private func leave() {
        if queue.isEmpty { busyLanes -= 1 } else { queue.removeFirst().resume() }
    }

    private func ingest(_ record: DatasetRecord) async {
        let id = record.id
        await enter()
        defer { leave() }
        if stopping {
            running[id] = nil
            settle(id)
            return
        }
        let output = "\(folder.root)/tasks/ingest-\(id)"
        var failure: Failure?
        do {
            try folder.files.removeTree(output)
            try folder.files.createDirectory(output)
            let options = try JSONDecoder().decode(UploadOptions.self, from: Data(record.options.utf8))
            let problem = FailureBox()
            var arguments = ["ingest", "--upload", folder.upload(id), "--output", output] + options.arguments
            var parent: String?
            if let name = options.parent {
                guard let manifest = try await dataset(name)?.manifest else { throw LibraryError.noDataset(name) }
                let home = path(of: manifest)
                parent = home
                arguments = ["revise", "--corrections", folder.upload(id), "--parent", home, "--output", output]
            }
            let launch = Launch(
                ChildTask(
                    arguments: arguments,
                    standardError: "\(output).log"
                ),
                by: launcher,
                received: { message in
                    if let fraction = message.fraction { await self.advance(id, to: fraction) }
                    if message.t == "failed" { await problem.set(message) }
                }
            )
            launches[id] = launch
            let exit = await launch.exit
            launches[id] = nil
            // A SIGTERM that this process did not send reached the whole service: it is being stopped.
            if stopping || exit == .signalled(SIGTERM), !folder.files.exists("\(output)/manifest.json") {
                // Interrupted, not failed: the upload stays and is parsed at the next start.
                running[id] = nil
                settle(id)
                return
            }
            failure = await problem.failure
            if failure == nil {
                if folder.files.exists("\(output)/manifest.json") {
                    if let parent { try FolderSharing.share(into: output, from: parent, files: folder.files) }
                    try await adopt(id, from: output)
                } else {
                    failure = Failure(
                        code: "INGEST_FAILED",
                        detail: "the upload could not be read: the reader stopped, \(exit)"
                    )
                }
            }
        } catch IngestError.files(let error) where error.isDiskFull {
            failure = Failure(code: "DISK_FULL", detail: "the disk is full: \(error)")
        } catch let error as FilesError where error.isDiskFull {
            failure = Failure(code: "DISK_FULL", detail: "the disk is full: \(error)")
        } catch {
            logger.error("parsing failed", metadata: ["dataset": "\(id)", "error": "\(error)"])
            failure = Failure(code: "INGEST_FAILED", detail: "the upload could not be stored: \(error)")
        }
        do {
            // What frees space comes before the store asks for some.
            try folder.files.removeTree(output)
            try folder.files.remove("\(output).log")
            if let failure {
                let json = String(decoding: try CanonicalJSON.encode(failure), as: UTF8.self)
                try await store.pool.write { database in
                    try database.execute(
                        sql: "UPDATE dataset SET state = 'failed', failure = ? WHERE id = ? AND state = 'ingesting'",
                        arguments: [json, id]
                    )
                }
            }
            try folder.files.remove(folder.upload(id))
        } catch {
            logger.error("an upload could not be closed", metadata: ["dataset": "\(id)", "error": "\(error)"])
        }
        fractions[id] = nil
        running[id] = nil
        settle(id)
        await settled?(id)
    }

    /// Wakes whoever waits for the outcome of an upload.
    private func settle(_ id: String) {
        pending.remove(id)
        for continuation in waiting.removeValue(forKey: id) ?? [] { continuation.finish() }
    }

    /// Moves the parsed folder to its place and makes the row ready, or an alias of the data set it repeats.
    private func adopt(_ id: String, from output: String) async throws {
        let json = String(decoding: try folder.files.read("\(output)/manifest.json"), as: UTF8.self)
        let manifest = try JSONDecoder().decode(DatasetManifest.self, from: Data(json.utf8))
        let home = folder.dataset(manifest.digest)
        // In the transaction, so that the removal of an equal data set comes before or after, not in between.
        let original: String? = try await store.pool.write { [folder] database in
            if !folder.files.exists("\(home)/manifest.json") {
                try folder.files.removeTree(home)
                try folder.files.rename(output, to: home)
            }
            let original = try String.fetchOne(
                database,
                sql: "SELECT id FROM dataset WHERE digest = ? AND id <> ?",
                arguments: [manifest.digest, id]
            )
            if let original {
                try database.execute(
                    sql: "UPDATE dataset SET state = 'ready', aliasOf = ?, manifest = ? WHERE id = ?",
                    arguments: [original, json, id]
                )
                try database.execute(
                    sql: """
                        INSERT OR REPLACE INTO dataset_name(name, datasetId, createdAt)
                        SELECT name, ?, createdAt FROM dataset_name WHERE datasetId = ?
                        """,
                    arguments: [original, id]
                )
                try database.execute(sql: "DELETE FROM dataset_name WHERE datasetId = ?", arguments: [id])
            } else {
                try database.execute(
                    sql: "UPDATE dataset SET state = 'ready', digest = ?, manifest = ? WHERE id = ?",
                    arguments: [manifest.digest, json, id]
                )
            }
            return original
        }
        logger.info(
            "data set ready",
            metadata: [
                "dataset": "\(original ?? id)", "format": "\(manifest.format)", "examples": "\(manifest.numExamples)",
            ]
        )
    }

    private func advance(_ id: String, to fraction: Double) {
        if running[id] != nil { fractions[id] = fraction }
    }

    /// Waits until the outcome of an upload is known, or patience has ended.
    func wait(for id: String, patience: Duration) async {
        guard pending.contains(id) else { return }
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        waiting[id, default: []].append(continuation)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Finding

    /// The data set of that id or, failing that, the newest of that name.
    public func dataset(_ idOrName: String) async throws -> DatasetSummary? {
        guard let record = try await resolve(idOrName) else { return nil }
        return try DatasetSummary(record, fraction: fractions[record.id])
    }

    /// The folder of a data set that is ready.
    public nonisolated func path(of manifest: DatasetManifest) -> String { folder.dataset(manifest.digest) }

    /// All data sets, newest first.
    ///
    /// - Parameters:
    ///   - limit: at most so many
    ///   - token: the `nextToken` of the page before
    public func list(limit: Int, after token: String?) async throws -> Page<DatasetSummary> {
        let records = try await store.pool.read { database in
            try DatasetRecord.fetchAll(
                database,
                sql: """
                    SELECT * FROM dataset WHERE aliasOf IS NULL AND (?1 IS NULL OR (createdAt, id) <
                        (SELECT createdAt, id FROM dataset WHERE id = ?1))
                    ORDER BY createdAt DESC, id DESC LIMIT ?2
                    """,
                arguments: [token, limit + 1]
            )
        }
        let page = records.prefix(limit)
        return Page(
            elements: try page.map { try DatasetSummary($0, fraction: fractions[$0.id]) },
            nextToken: records.count > limit ? page.last?.id : nil
        )
    }

    func resolve(_ idOrName: String) async throws -> DatasetRecord? {
        if let record = try await record(idOrName) {
            guard let original = record.aliasOf else { return record }
            return try await self.record(original)
        }
        return try await store.pool.read { database in
            try DatasetRecord.fetchOne(
                database,
                sql: """
                    SELECT dataset.* FROM dataset JOIN dataset_name ON datasetId = id
                    WHERE dataset_name.name = ? ORDER BY dataset_name.createdAt DESC LIMIT 1
                    """,
                arguments: [idOrName]
            )
        }
    }

    private func record(_ id: String) async throws -> DatasetRecord? {
        try await store.pool.read { database in try DatasetRecord.fetchOne(database, key: id) }
    }

    // MARK: Removing

    /// Removes a data set, its names and its files. No job may refer to it.
    func remove(_ id: String) async throws {
        if let task = running[id] {
            launches[id]?.stop()
            await task.value
        }
        try await store.pool.write { [folder] database in
            let digest = try String.fetchOne(database, sql: "SELECT digest FROM dataset WHERE id = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM dataset WHERE id = ?1 OR aliasOf = ?1", arguments: [id])
            guard let digest else { return }
            // The proof goes first: a crash in between leaves a folder that nobody takes for a data set.
            try folder.files.remove("\(folder.dataset(digest))/manifest.json")
        }
        try await sweep()
    }

    /// Removes dataset folders that no row names. In a transaction, so that none is moved in meanwhile.
    private func sweep() async throws {
        try await store.pool.write { [folder] database in
            let digests = Set(
                try String.fetchAll(database, sql: "SELECT digest FROM dataset WHERE digest IS NOT NULL")
            )
            for name in try folder.files.list("\(folder.root)/datasets") where !digests.contains(name) {
                try folder.files.removeTree("\(folder.root)/datasets/\(name)")
            }
        }
    }

    func stop() async {
        stopping = true
        for launch in launches.values { launch.stop() }
        for task in running.values { await task.value }
    }
}

/// Keeps a child's own account of its failure until the child has ended.
private actor FailureBox {
    private(set) var failure: Failure?

    func set(_ message: ChildMessage) {
        failure = Failure(
            code: message.code ?? "INGEST_FAILED",
            detail: message.detail ?? "the upload could not be read",
            errors: message.errors
        )
    }
}

/// Why the library cannot answer.
public enum LibraryError: Error, Sendable, CustomStringConvertible {
    /// No data set of that id or name.
    case noDataset(String)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .noDataset(let id): "there is no data set \(id)"
        }
    }
}
