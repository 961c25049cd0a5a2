import Datasets
import Files
import Foundation
import GRDB

/// Removes datasets, and what a stop of the service left of uploads.
extension DatasetLibrary {
    /// Parses again what a stop of the service interrupted, and removes what failed more than a day ago.
    ///
    /// - Parameter needed: names of folders of evidence that jobs wait for
    func recover(keepingEvidence needed: Set<String>) async throws {
        let yesterday = Date().timeIntervalSince1970 - 86_400
        let interrupted = try await store.pool.write { database in
            try database.execute(
                sql: """
                    DELETE FROM dataset WHERE state = 'failed' AND createdAt < ?
                        AND NOT EXISTS (SELECT 1 FROM job_dataset WHERE datasetId = dataset.id)
                    """,
                arguments: [yesterday]
            )
            return try DatasetRecord.fetchAll(
                database,
                sql: "SELECT * FROM dataset WHERE state = 'ingesting' ORDER BY createdAt"
            )
        }
        let wanted = Set(interrupted.map(\.id))
        var litter = Litter(files: folder.files, logger: logger)
        litter.sweep("upload", in: folder.incoming) { !wanted.contains($0) }
        litter.sweep("parsing", in: "\(folder.root)/tasks") { $0.hasPrefix("ingest-") }
        litter.count("dataset folder", try await sweep())
        try sweepEvidence(of: interrupted, keeping: needed)
        litter.report()
        for record in interrupted {
            if folder.files.exists(folder.upload(record.id)) {
                start(record)
            } else {
                // The row came before the bytes had a name: this upload was never acknowledged.
                try await forget(record.id)
            }
        }
    }

    /// Removes a dataset, its names and its files. No job may refer to it.
    func remove(_ id: String) async throws {
        if let task = running[id] {
            children[id]?.stop()
            await task.value
        }
        try await store.pool.write { [folder] database in
            let digest = try String.fetchOne(database, sql: "SELECT digest FROM dataset WHERE id = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM dataset WHERE id = ?1 OR aliasOf = ?1", arguments: [id])
            guard let digest else { return }
            // The proof goes first: a crash in between leaves a folder that nobody takes for a dataset.
            try folder.files.remove("\(folder.dataset(digest))/manifest.json")
        }
        _ = try await sweep()
    }

    /// Removes embeddings of pictures that no dataset has any more.
    private static func sweepEmbeddings(in folder: DataFolder, _ database: Database) throws {
        let names = try folder.files.list(folder.embeddings)
        if names.isEmpty { return }
        let manifests = try String.fetchAll(database, sql: "SELECT manifest FROM dataset WHERE manifest IS NOT NULL")
        let known = Set(
            try manifests.compactMap { text in
                try JSONDecoder().decode(DatasetManifest.self, from: Data(text.utf8)).contentDigest?.prefix(16)
            }
        )
        for name in names where !known.contains(name.prefix(16)) {
            try folder.files.removeTree("\(folder.embeddings)/\(name)")
        }
    }

    /// Removes dataset folders that no row names. In a transaction, so that none is moved in meanwhile.
    /// - Returns: how many there were
    private func sweep() async throws -> Int {
        try await store.pool.write { [folder] database in
            let digests = Set(
                try String.fetchAll(database, sql: "SELECT digest FROM dataset WHERE digest IS NOT NULL")
            )
            let litter = try folder.files.list("\(folder.root)/datasets").filter { !digests.contains($0) }
            for name in litter { try folder.files.removeTree("\(folder.root)/datasets/\(name)") }
            try Self.sweepEmbeddings(in: folder, database)
            return litter.count
        }
    }
}
