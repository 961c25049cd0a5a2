import Datasets
import Difficulty
import EnsembleKind
import Experiments
import Files
import Foundation
import Recipes
import Tasks

/// Jobs of kind `log`: the log of a training that somebody else did is read as evidence, and scored as far as it goes. The
/// members are there already when the job begins.
public struct LogKind: JobKind {
    /// In `job.kind`.
    public static let name = "log"

    /// One for all logs.
    public init() {}

    /// That of all such jobs.
    public var name: String { Self.name }
    /// The dataset that the log belongs to, or that it brought.
    public let roles: [DatasetRole] = [.data]

    /// The folder of the log, until the job has taken it.
    public func evidence(of request: [UInt8]) throws -> [String] { [try LogRequest(request).log] }

    /// Makes the evidence of a log that of members, and the job's settings what is known of it.
    public func draft(_ request: [UInt8], on data: JobData, in folder: DataFolder) throws -> JobDraft {
        let token = try LogRequest(request).log
        let log = try Self.read(token, on: try data[.data].manifest, in: folder)
        let tasks = try (0..<log.folds * log.repeats).map { try Self.take($0, of: token, in: folder) }
        return JobDraft(settings: try CanonicalJSON.encode(LogSettings(log)), tasks: tasks)
    }

    /// Links the evidence of a member to where those of all members stand.
    private static func take(_ index: Int, of token: String, in folder: DataFolder) throws -> DraftTask {
        let key = ImportedEvidence.key(token, member: index)
        let source = "\(folder.evidence(token))/\(ImportedEvidence.folder(ofMember: index))"
        guard let manifest = try TaskManifest.load(from: source, key: key, files: folder.files) else {
            throw unusable("member \(index) is missing")
        }
        let home = folder.member(key)
        try folder.files.removeTree(home)
        try folder.files.createDirectory(home)
        // The names were written next to foreign bytes: only those of arrays are followed.
        for name in manifest.files.keys.sorted() where isArrayName(name) {
            try folder.files.share("\(source)/\(name)", as: "\(home)/\(name)")
        }
        try folder.files.share(
            "\(source)/\(TaskFolder.manifestName)",
            as: "\(home)/\(TaskFolder.manifestName)"
        )
        return DraftTask(key: key, plan: "{}", result: try CanonicalJSON.text(manifest.result))
    }

    private static func isArrayName(_ name: String) -> Bool {
        name.hasSuffix(".npy") && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != 0 } && !name.hasPrefix(".")
    }

    private static func read(
        _ token: String,
        on data: DatasetManifest,
        in folder: DataFolder
    ) throws -> ImportedEvidence {
        let path = "\(folder.evidence(token))/\(ImportedEvidence.fileName)"
        guard folder.files.exists(path) else { throw unusable("it is not there any more") }
        let log: ImportedEvidence
        do {
            log = try JSONDecoder().decode(ImportedEvidence.self, from: Data(try folder.files.read(path)))
        } catch let error as DecodingError {
            throw unusable("\(error)")
        }
        guard !data.classes.isEmpty else {
            throw unusable("the dataset that it belongs to has no labels (it was sent with task=none)")
        }
        guard log.examples == data.numExamples, log.classes == data.classes.count else {
            throw unusable(
                "it has \(log.examples) examples of \(log.classes) classes, the dataset \(data.numExamples) of "
                    + "\(data.classes.count)"
            )
        }
        let range = 1...JobPlan.mostTasks
        guard range.contains(log.folds), range.contains(log.repeats), range.contains(log.folds * log.repeats) else {
            throw unusable("it has \(log.folds) x \(log.repeats) members")
        }
        return log
    }

    private static func unusable(_ detail: String) -> Failure {
        Failure(code: "INGEST_FAILED", detail: "the evidence of the log cannot be used: \(detail)")
    }

    /// Members in whole rounds.
    public func plan(_ settings: [UInt8]) throws -> JobPlan {
        let log = try LogSettings(settings)
        return JobPlan(tasks: log.folds * log.repeats)
    }

    /// Refused: its members are there, or the log has to be sent again.
    public func prepare(_ task: DraftTask, in folder: TaskFolder, on data: JobData, files: Files) throws -> TaskNeeds {
        throw Self.unusable("the evidence of a member was lost, and only its sender has the log: send it again")
    }

    /// Members of a log always count; nothing could be trained again.
    public func failure(excluded: Int, of total: Int, settings: [UInt8]) -> Failure {
        Failure(code: "DID_NOT_LEARN", detail: "\(excluded) of \(total) members of the log say that they did not learn")
    }

    /// Scores of all examples, as far as the log allows them.
    public func reduction(_ job: JobEvidence, on data: JobData, files: Files) throws -> [UInt8] {
        let log = try LogSettings(job.settings)
        let data = try data[.data]
        return try CanonicalJSON.encode(
            ScoreSpec(
                datasetDirectory: data.path,
                labels: "\(data.path)/labels.npy",
                outputDirectory: job.output,
                members: job.tasks.map { .init(index: $0.index, directory: $0.folder) },
                membersTotal: log.folds * log.repeats,
                parts: log.folds,
                rounds: log.repeats,
                k: log.k,
                seed: 0,
                epochs: log.epochs,
                numClasses: data.manifest.classes.count,
                partial: !job.isFinal,
                membersExcluded: job.excluded
            )
        )
    }

    /// The columns alone: the evidence is there.
    public func footprint(_ settings: [UInt8], on data: JobData) throws -> Footprint {
        Footprint(taskBytes: 0, revisionBytes: Footprint.columnBytes(examples: try data[.data].manifest.numExamples))
    }
}

extension Experiments {
    /// What became of a training log.
    package enum LogOutcome: Sendable {
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
    ///   - dataset: the dataset that its examples belong to; nil where it brings its own
    ///   - observe: when training examples were observed, where that is known
    ///   - k: neighbours that vote at each layer; nil is `auto`
    ///   - key: the client's name for the request: a repeat finds the first one's job
    ///   - patience: how long the answer may wait for the log to be read; a job waits for the rest
    /// - Throws: `FilesError` where the disk is full, `ExperimentError` where the dataset is not ready or the queue is
    ///   full
    package func submit(
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
            let log = LogUpload(token: token, dataset: dataset?.id, observe: observe, k: k)
            let data: DatasetSummary
            switch try await library.add(upload, name: name, options: UploadOptions(log: log), patience: patience) {
            case .refused(let failure): return .refused(failure)
            case .created(let found), .existing(let found), .accepted(let found): data = found
            }
            let order = JobOrder(
                kind: LogKind.name,
                name: name,
                datasets: [.data: data.id],
                request: try CanonicalJSON.encode(LogRequest(log: token))
            )
            return .accepted(try await submit(order, key: key))
        }
    }
}
