import Arrays
import Datasets
public import Difficulty
public import Files
import Foundation
import Neighbors

/// Turns a training log that somebody sent into evidence: what members of this program leave behind
/// (Difficulty/README.md section 9).
public enum LogImport {
    /// Reads the log behind a descriptor. The members go to `ImportedEvidence.membersFolder`, the examples to
    /// `ImportedEvidence.datasetFolder` where they belong to no dataset. Arrays stream through files, so memory does not grow with the log.
    ///
    /// - Parameters:
    ///   - upload: an ordinary file, read from its first byte; it stays the caller's
    ///   - output: an existing folder
    ///   - token: names this sending; part of each member's key
    ///   - target: the dataset that the examples belong to; nil where the log brings its own
    ///   - progress: gets the share of the work done
    /// - Throws: `LogError` for what is wrong with the log, `IngestError` for an archive that cannot be read, `ArrayError`
    ///   for an array, `FilesError` for the disk
    @discardableResult
    public static func run(
        upload: Int32,
        output: String,
        token: String,
        target: LogTarget? = nil,
        options: LogOptions = LogOptions(),
        files: Files = .live,
        progress: @escaping (Double) -> Void = { _ in }
    ) throws -> ImportedEvidence {
        let (source, ignored) = try LogSource.open(upload, scratch: output, limits: options.limits)
        var notes: [ImportedEvidence.Note] = []
        if !ignored.isEmpty {
            notes.append(
                .init(
                    code: "unused_files",
                    detail: "Files of the archive that were not read: \(ignored.prefix(8).joined(separator: ", "))."
                )
            )
        }
        let output = LogOutput(folder: output, token: token, files: files, progress: progress)
        let log: ImportedEvidence
        switch source {
        case .npz(let reader):
            log = try NPZLog(reader, options: options, target: target, notes: notes).write(to: output)
        case .lines(let lines):
            let cartography = try CartographyLog(options: options, target: target, scratch: output.folder)
            try cartography.read(lines)
            progress(0.5)
            log = try cartography.write(to: output, notes: notes)
        }
        progress(1)
        return log
    }
}
