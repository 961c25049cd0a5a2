import Foundation
import GRDB
import Synchronization

/// The reviews of all datasets. A decision is on the disk before `put` returns; what was read last is kept in memory.
public final class ReviewStore: Sendable {
    private let store: Store

    private struct State {
        /// Counts the changes of each dataset's reviews.
        var versions: [String: Int] = [:]
        var kept = Recent<String, ReviewSet>(capacity: ReviewStore.capacity)
    }
    private let state = Mutex(State())
    /// Datasets whose reviews are kept in memory.
    private static let capacity = 8

    init(store: Store) { self.store = store }

    /// All reviews of a dataset.
    public func reviews(of dataset: String) async throws -> ReviewSet {
        let (known, version) = state.withLock { state in
            (state.kept[dataset], state.versions[dataset] ?? 0)
        }
        if let known, known.version == version { return known }
        let records = try await store.pool.read { database in
            try ReviewRecord.fetchAll(database, sql: "SELECT * FROM review WHERE datasetId = ?", arguments: [dataset])
        }
        let set = ReviewSet(version: version, reviews: records.map(Review.init))
        state.withLock { state in
            // A change in the meantime has raised the version, and the next reader reads again.
            state.kept[dataset] = set
        }
        return set
    }

    /// Stores a decision, in place of an earlier one about the same example.
    ///
    /// - Parameters:
    ///   - row: the example's row
    ///   - dataset: the dataset's id
    ///   - decision: the decision
    ///   - label: the right label, with `accept`
    ///   - job: the job whose results were looked at
    /// - Returns: the review, and whether it is the example's first
    public func put(
        row: Int,
        of dataset: String,
        decision: ReviewDecision,
        label: String?,
        job: String
    ) async throws -> (review: Review, isNew: Bool) {
        let now = Date().timeIntervalSince1970
        let outcome = try await change(dataset) { database in
            let earlier = try Self.find(row, of: dataset, in: database)
            let record = ReviewRecord(
                datasetId: dataset,
                rowIndex: row,
                decision: decision,
                label: label,
                jobId: job,
                createdAt: earlier?.createdAt ?? now,
                updatedAt: now
            )
            try record.upsert(database)
            return (record, earlier == nil)
        }
        return (Review(outcome.0), outcome.1)
    }

    /// Takes a decision back.
    /// - Returns: false where there was none
    public func remove(row: Int, of dataset: String) async throws -> Bool {
        try await change(dataset) { database in
            try database.execute(
                sql: "DELETE FROM review WHERE datasetId = ? AND rowIndex = ?",
                arguments: [dataset, row]
            )
            return database.changesCount == 1
        }
    }

    /// One transaction, carried through even where the client that asked for it is gone.
    private func change<T: Sendable>(
        _ dataset: String,
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        let result = try await Task { [store] in try await store.pool.write { try body($0) } }.value
        state.withLock { $0.versions[dataset, default: 0] += 1 }
        return result
    }

    private static func find(_ row: Int, of dataset: String, in database: Database) throws -> ReviewRecord? {
        try ReviewRecord.fetchOne(
            database,
            sql: "SELECT * FROM review WHERE datasetId = ? AND rowIndex = ?",
            arguments: [dataset, row]
        )
    }
}

/// A row of table `review`.
struct ReviewRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "review"

    var datasetId: String
    var rowIndex: Int
    var decision: ReviewDecision
    var label: String?
    var jobId: String
    var createdAt: Timestamp
    var updatedAt: Timestamp
}
