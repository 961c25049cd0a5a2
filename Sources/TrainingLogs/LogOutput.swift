import Datasets
import Difficulty
import Files
import Foundation

/// Where an import writes: `evidence/` with one folder a member and `evidence.json`, and `dataset/` where the log has its
/// examples itself.
struct LogOutput {
    let folder: String
    /// Names the sending; part of each member's key.
    let token: String
    let files: Files
    /// Gets the share of the work done.
    let progress: (Double) -> Void

    /// The folder of the members.
    var evidence: String { "\(folder)/\(ImportedEvidence.membersFolder)" }

    /// Makes the folders; the rest of the folder stays as it is.
    func begin() throws { try files.createDirectory(evidence) }

    /// Ends members and writes what proves them, last.
    func finish(_ members: [MemberWriter], _ log: ImportedEvidence) throws {
        for member in members {
            try member.finish(
                key: ImportedEvidence.key(token, member: member.index),
                probeNames: log.probeNames,
                k: log.k,
                observe: log.observe
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try files.write(try encoder.encode(log), to: "\(evidence)/\(ImportedEvidence.fileName)")
    }

    /// Writes the examples as a dataset of their own.
    func write(_ examples: LoggedExamples, format: String) throws {
        let dataset = "\(folder)/\(ImportedEvidence.datasetFolder)"
        try files.createDirectory(dataset)
        try examples.write(format: format, to: dataset, files: files)
    }
}
