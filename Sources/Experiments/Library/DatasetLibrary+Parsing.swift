import Datasets
import Difficulty
import Files
import Foundation
import GRDB
import Logging
import Tasks

/// Has uploads parsed by children and takes what they made.
extension DatasetLibrary {
    func start(_ record: DatasetRecord) {
        pending.insert(record.id)
        running[record.id] = Task { await self.ingest(record) }
    }

    /// Uploads that are parsed at once: each child may take gigabytes.
    private static let lanes = 2

    func enter() async {
        if busyLanes < Self.lanes {
            busyLanes += 1
        } else {
            await withCheckedContinuation { queue.append($0) }
        }
    }

    func leave() {
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
            let reading = try await reading(of: record, into: output)
            let child = Child(
                ChildTask(arguments: reading.arguments, standardError: "\(output).log"),
                by: launcher,
                received: { line in if let fraction = line.fraction { await self.advance(id, to: fraction) } },
                proof: { [files = folder.files] in files.exists(reading.proof) }
            )
            children[id] = child
            let outcome = await child.outcome
            children[id] = nil
            switch IngestVerdict(outcome, isStopping: stopping) {
            case .adopt: try await reading.adopt()
            case .refuse(let why): failure = why
            case .leave:
                running[id] = nil
                settle(id)
                return
            }
        } catch IngestError.files(let error) where error.isDiskFull {
            failure = Failure(code: "DISK_FULL", detail: "the disk is full: \(error)")
        } catch let error as FilesError where error.isDiskFull {
            failure = Failure(code: "DISK_FULL", detail: "the disk is full: \(error)")
        } catch {
            logger.error("parsing failed", metadata: ["dataset": "\(id)", "error": "\(error)"])
            failure = Failure(code: "INGEST_FAILED", detail: "the upload could not be stored: \(error)")
        }
        await close(id, output, failure)
        fractions.change { $0[id] = nil }
        running[id] = nil
        settle(id)
        await settled?(id)
    }

    /// How an upload is read: by which child, what that writes last, and what becomes of it.
    private struct Reading {
        var arguments: [String]
        var proof: String
        var adopt: @Sendable () async throws -> Void
    }

    /// A dataset, a revision of one, or a training log.
    private func reading(of record: DatasetRecord, into output: String) async throws -> Reading {
        let (id, upload) = (record.id, folder.upload(record.id))
        let options = try UploadOptions(of: record)
        let manifest = "\(output)/manifest.json"
        if let log = options.log {
            var arguments = ["import", "--upload", upload, "--output", output] + log.arguments
            if let name = log.dataset { arguments += ["--dataset", try await home(of: name)] }
            return Reading(
                arguments: arguments,
                proof: "\(output)/\(ImportedEvidence.membersFolder)/\(ImportedEvidence.fileName)",
                adopt: { try await self.adopt(log, of: id, from: output) }
            )
        }
        if let name = options.parent {
            let parent = try await home(of: name)
            return Reading(
                arguments: ["revise", "--corrections", upload, "--parent", parent, "--output", output],
                proof: manifest,
                adopt: { [files = folder.files] in
                    try FolderSharing.share(into: output, from: parent, files: files)
                    try await self.adopt(id, from: output)
                }
            )
        }
        let reading = try CanonicalJSON.text(options.reading)
        return Reading(
            arguments: ["ingest", "--upload", upload, "--output", output, "--options", reading],
            proof: manifest,
            adopt: { try await self.adopt(id, from: output) }
        )
    }

    /// The folder of a dataset that is ready.
    private func home(of name: String) async throws -> String {
        guard let manifest = try await dataset(name)?.manifest else { throw LibraryError.noDataset(name) }
        return path(of: manifest)
    }

    /// Removes what an upload leaves, and stores why it cannot be used.
    private func close(_ id: String, _ output: String, _ failure: Failure?) async {
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
    }

    /// Wakes whoever waits for the outcome of an upload.
    func settle(_ id: String) {
        pending.remove(id)
        for continuation in waiting.removeValue(forKey: id) ?? [] { continuation.finish() }
    }

    /// Moves the parsed folder to its place and makes the row ready, or an alias of the dataset it repeats.
    func adopt(_ id: String, from output: String) async throws {
        let json = String(decoding: try folder.files.read("\(output)/manifest.json"), as: UTF8.self)
        let manifest = try JSONDecoder().decode(DatasetManifest.self, from: Data(json.utf8))
        let home = folder.dataset(manifest.digest)
        // In the transaction, so that the removal of an equal dataset comes before or after, not in between.
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
                try Self.say(manifest, of: original, in: database)
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
            "dataset ready",
            metadata: [
                "dataset": "\(original ?? id)", "format": "\(manifest.format)", "examples": "\(manifest.numExamples)",
            ]
        )
    }

    /// Equal content shares storage only: how it was read and what could be worked around is said of the upload that is
    /// answered.
    private static func say(_ manifest: DatasetManifest, of original: String, in database: Database) throws {
        let sql = "SELECT manifest FROM dataset WHERE id = ?"
        guard let text = try String.fetchOne(database, sql: sql, arguments: [original]) else { return }
        var said = try JSONDecoder().decode(DatasetManifest.self, from: Data(text.utf8))
        said.warnings = manifest.warnings
        said.reading = manifest.reading
        try database.execute(
            sql: "UPDATE dataset SET manifest = ? WHERE id = ?",
            arguments: [String(decoding: try CanonicalJSON.encode(said), as: UTF8.self), original]
        )
    }

    private func advance(_ id: String, to fraction: Double) {
        if running[id] != nil { fractions.change { $0[id] = fraction } }
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
}
