import Difficulty
import Files
import Foundation
import GRDB

extension UploadOptions {
    /// Those that an upload came with.
    init(of record: DatasetRecord) throws {
        self = try JSONDecoder().decode(UploadOptions.self, from: Data(record.options.utf8))
    }
}

/// Training logs come in as uploads do: what is read of one is a dataset of its own, or stands for the dataset that its
/// examples belong to; beside it there is evidence, which waits for its job.
extension DatasetLibrary {
    /// Moves the evidence of a log to where its job will look for it, and makes the row ready.
    ///
    /// - Throws: `LibraryError.noDataset` where the dataset was removed meanwhile
    func adopt(_ log: LogUpload, of id: String, from output: String) async throws {
        let home = folder.evidence(log.token)
        try folder.files.removeTree(home)
        try folder.files.rename("\(output)/\(ImportedEvidence.membersFolder)", to: home)
        guard let target = log.dataset else {
            return try await adopt(id, from: "\(output)/\(ImportedEvidence.datasetFolder)")
        }
        let isThere = try await store.pool.write { database in
            guard try DatasetRecord.exists(database, key: target) else { return false }
            try database.execute(
                sql: "UPDATE dataset SET state = 'ready', aliasOf = ? WHERE id = ?",
                arguments: [target, id]
            )
            // The log has been called something; the dataset is not called that.
            try database.execute(sql: "DELETE FROM dataset_name WHERE datasetId = ?", arguments: [id])
            return true
        }
        if !isThere { throw LibraryError.noDataset(target) }
    }

    /// Removes evidence that no job waits for: of jobs that were removed, and of a service that ended between a log and
    /// its job.
    ///
    /// - Parameters:
    ///   - interrupted: uploads that are about to be read again
    ///   - needed: names of folders that jobs wait for
    func sweepEvidence(of interrupted: [DatasetRecord], keeping needed: Set<String>) throws {
        let wanted = needed.union(try interrupted.compactMap { try UploadOptions(of: $0).log?.token })
        for name in try folder.files.list(folder.evidence) where !wanted.contains(name) {
            try folder.files.removeTree(folder.evidence(name))
        }
    }
}
