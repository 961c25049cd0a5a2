import Datasets
import Difficulty
import Files
import Foundation
import Logging

extension Experiments {
    /// What became of a training log.
    public enum LogOutcome: Sendable {
        /// The job that its scores come from.
        case accepted(JobSummary)
        /// It cannot be used; nothing was stored: 422.
        case refused(Failure)
    }

    /// Takes a training log of somebody's own training and makes a job of it, whose members are there already.
    ///
    /// - Parameters:
    ///   - upload: its bytes
    ///   - name: the name that the job is to be found by
    ///   - dataset: the data set that its examples belong to; nil where it brings its own
    ///   - observe: when training examples were observed, where that is known
    ///   - k: neighbours that vote at each layer; nil is `auto`
    ///   - key: the client's name for the request: a repeat finds the first one's job
    ///   - patience: how long the answer may wait for the log to be read; a job waits for the rest
    /// - Throws: `FilesError` where the disk is full, `ExperimentError` where the data set is not ready or the queue is
    ///   full
    public func submit(
        log upload: IncomingFile,
        name: String,
        dataset: DatasetSummary?,
        observe: Observation?,
        k: Int?,
        key: IdempotencyKey? = nil,
        patience: Duration
    ) async throws -> LogOutcome {
        if let dataset, dataset.state != .ready {
            throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
        }
        return try await whole { [self] in
            let token = Identifier.make("log")
            var options = UploadOptions()
            options.log = LogUpload(token: token, dataset: dataset?.id, observe: observe, k: k)
            let outcome = try await library.add(upload, name: name, options: options, patience: patience)
            var request: JobRequest
            switch outcome {
            case .refused(let failure): return .refused(failure)
            case .created(let data), .existing(let data), .accepted(let data): request = JobRequest(dataset: data.id)
            }
            request.name = name
            request.log = token
            return .accepted(try await submit(request, key: key))
        }
    }

    /// Makes the evidence of a log that of members, and the job's settings what is known of it.
    ///
    /// - Throws: `LogEvidenceError` where the evidence is not what it should be
    func importedMembers(
        _ token: String,
        _ job: inout JobRecord,
        on data: DatasetManifest
    ) throws -> [PlannedMember] {
        let log = try importedEvidence(token, on: data)
        job.settings = String(decoding: try CanonicalJSON.encode(JobSettings(log)), as: UTF8.self)
        return try (0..<log.folds * log.repeats).map { index in
            let key = ImportedEvidence.key(token, member: index)
            let source = "\(folder.evidence(token))/\(ImportedEvidence.folder(ofMember: index))"
            guard let manifest = try MemberManifest.load(from: source, key: key, files: folder.files) else {
                throw LogEvidenceError(detail: "member \(index) is missing")
            }
            let home = folder.member(key)
            try folder.files.removeTree(home)
            try folder.files.createDirectory(home)
            // The names were written next to foreign bytes: only those of arrays are followed.
            for name in manifest.files.keys.sorted() where Self.isArrayName(name) {
                try folder.files.share("\(source)/\(name)", as: "\(home)/\(name)")
            }
            try folder.files.share("\(source)/manifest.json", as: "\(home)/manifest.json")
            return PlannedMember(
                key: key,
                plan: "{}",
                result: String(decoding: try CanonicalJSON.encode(manifest.result), as: UTF8.self)
            )
        }
    }

    private static func isArrayName(_ name: String) -> Bool {
        name.hasSuffix(".npy") && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 } && !name.hasPrefix(".")
    }

    private func importedEvidence(_ token: String, on data: DatasetManifest) throws -> ImportedEvidence {
        let path = "\(folder.evidence(token))/\(ImportedEvidence.fileName)"
        guard folder.files.exists(path) else { throw LogEvidenceError(detail: "it is not there any more") }
        let log: ImportedEvidence
        do {
            log = try JSONDecoder().decode(ImportedEvidence.self, from: Data(try folder.files.read(path)))
        } catch let error as DecodingError {
            throw LogEvidenceError(detail: "\(error)")
        }
        guard log.examples == data.numExamples, log.classes == data.classes.count else {
            throw LogEvidenceError(
                detail:
                    "it has \(log.examples) examples of \(log.classes) classes, the data set \(data.numExamples) of "
                    + "\(data.classes.count)"
            )
        }
        guard (1...1_000).contains(log.folds), (1...1_000).contains(log.repeats), log.folds * log.repeats <= 1_000
        else {
            throw LogEvidenceError(detail: "it has \(log.folds) x \(log.repeats) members")
        }
        return log
    }

    /// Removes the evidence of a log once its job has taken it. What cannot be removed now goes at the next start.
    func discardLog(_ token: String) {
        do {
            try folder.files.removeTree(folder.evidence(token))
        } catch {
            logger.warning("the evidence of a log could not be removed", metadata: ["error": "\(error)"])
        }
    }
}

/// Evidence of a training log that cannot be used.
struct LogEvidenceError: Error, CustomStringConvertible {
    var detail: String
    var description: String { "the evidence of the log cannot be used: \(detail)" }
}
