import Datasets
import Foundation
import GRDB

/// Finds datasets by id and name.
extension DatasetLibrary {
    /// The dataset of that id or, failing that, the newest of that name.
    public nonisolated func dataset(_ idOrName: String) async throws -> DatasetSummary? {
        guard let record = try await resolve(idOrName) else { return nil }
        return try DatasetSummary(record, fraction: fractions.current[record.id])
    }

    /// The folder of a dataset that is ready.
    public nonisolated func path(of manifest: DatasetManifest) -> String { folder.dataset(manifest.digest) }

    /// All datasets, newest first.
    ///
    /// - Parameters:
    ///   - limit: at most so many
    ///   - token: the `nextToken` of the page before
    public nonisolated func list(limit: Int, after token: String?) async throws -> Page<DatasetSummary> {
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
            elements: try page.map { try DatasetSummary($0, fraction: fractions.current[$0.id]) },
            nextToken: records.count > limit ? page.last?.id : nil
        )
    }

    nonisolated func resolve(_ idOrName: String) async throws -> DatasetRecord? {
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

    nonisolated func record(_ id: String) async throws -> DatasetRecord? {
        try await store.pool.read { database in try DatasetRecord.fetchOne(database, key: id) }
    }
}
