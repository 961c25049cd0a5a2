import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Logging
import Recipes
import Synchronization
import Tasks

/// The routes of the HTTP API: each turns a request into a call on `Experiments` and the result into JSON.
public final class API: Sendable {
    /// Limits of the API that an operator may set.
    public struct Limits: Sendable {
        /// Largest upload in bytes, after undoing gzip.
        public var uploadBytes = 200 << 30
        /// How long an upload's answer may wait for its parsing before it is 202.
        public var ingestPatience = Duration.seconds(10)

        /// The defaults.
        public init() {}

        /// The server's setting that `uploadBytes` comes from.
        static let uploadSetting = "maxUploadBytes"
        /// For routes that take an upload.
        package var upload: BodyPolicy { .upload(limit: uploadBytes, raisedBy: Self.uploadSetting) }
    }

    package let experiments: Experiments
    package let limits: Limits
    /// Who may use it; nil where everybody may.
    let access: AccessControl?
    let version: String
    /// What trains.
    let engine: EngineIdentity
    let logger: Logger
    /// What is shown of each kind of job.
    let views: JobViews
    let tables = ColumnTables()
    package let openFiles = OpenFiles()
    private let datasets = Mutex(Recent<String, Dataset>(capacity: 8))
    private let documents: JobDocuments
    /// Tells listeners of changes of jobs.
    let broadcast: JobBroadcast
    /// Where answers that block or compute are made.
    package let work = WorkQueue(label: "service.work", width: max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// - Parameters:
    ///   - experiments: datasets and jobs
    ///   - views: what is shown of each kind of job
    ///   - limits: limits of the API
    ///   - access: lets browsers sign in; nil where nobody has to
    ///   - version: the program's version
    ///   - engine: what trains
    ///   - logger: where it reports
    public init(
        experiments: Experiments,
        views: JobViews,
        limits: Limits,
        access: AccessControl? = nil,
        version: String,
        engine: EngineIdentity,
        logger: Logger
    ) {
        self.experiments = experiments
        self.views = views
        self.limits = limits
        self.access = access
        self.version = version
        self.engine = engine
        let documents = JobDocuments(experiments: experiments, views: views, work: work)
        self.documents = documents
        broadcast = JobBroadcast(
            changes: { experiments.changes(of: $0, pause: .milliseconds(500)) },
            document: { try await documents.document(of: $0) }
        )
        self.logger = logger
    }

    /// All routes.
    public func router() -> Router {
        var router = Router()
        addServiceRoutes(to: &router)
        addSessionRoutes(to: &router)
        addDatasetRoutes(to: &router)
        addSubmissionRoutes(to: &router)
        addJobRoutes(to: &router)
        addScoreRoutes(to: &router)
        addExportRoutes(to: &router)
        addColumnRoutes(to: &router)
        addEventRoutes(to: &router)
        addExampleRoutes(to: &router)
        addReviewRoutes(to: &router)
        addVersionRoutes(to: &router)
        addContinuationRoutes(to: &router)
        addToolExportRoutes(to: &router)
        addCompareRoutes(to: &router)
        addReportRoutes(to: &router)
        for view in views.all { view.addRoutes(to: &router, of: self) }
        return router
    }

    // MARK: What handlers share

    /// Turns the errors of the layers below into problem documents: the one place that chooses their status.
    package func answering(_ handler: @escaping Router.Handler) -> Router.Handler {
        { [logger] request in
            do {
                return try await handler(request)
            } catch let error as SettingsError {
                throw Problem(
                    .unprocessableContent,
                    detail: error.issues.map { "\($0.pointer): \($0.detail)" }.joined(separator: "; "),
                    errorCode: "INVALID_PARAMETER_VALUE",
                    errors: error.issues.map { .init(pointer: $0.pointer, detail: $0.detail) }
                )
            } catch let error as NoColumns {
                throw Problem(
                    .conflict,
                    detail: "the job \(request.parameters["id"] ?? "") \(error.detail)",
                    errorCode: "NOT_COMPUTED",
                    errors: [.init(pointer: "id", detail: error.detail)]
                )
            } catch let error as ExperimentError {
                throw Self.problem(error)
            } catch let failure as Failure {
                throw Problem(
                    .unprocessableContent,
                    detail: failure.detail,
                    errorCode: failure.code,
                    errors: (failure.errors ?? []).map { .init(pointer: $0.pointer, detail: $0.detail) }
                )
            } catch let error as FilesError where error.isDiskFull {
                logger.error("disk full", metadata: ["error": "\(error)", "request_id": "\(request.id)"])
                throw Problem.insufficientStorage("The disk is full; nothing was stored.")
            } catch let error as FilesError where error.isMissing && error.path.contains("/columns/") {
                throw Problem(
                    .gone,
                    detail: "A newer revision has replaced these results; ask again without rev.",
                    errorCode: "REVISION_GONE"
                )
            }
        }
    }

    private static func problem(_ error: ExperimentError) -> Problem {
        switch error {
        case .noDataset: Problem(.notFound, detail: "\(error)", errorCode: "RESOURCE_DOES_NOT_EXIST")
        case .datasetNotReady(_, .ingesting, _):
            Problem(.conflict, detail: "\(error)", errorCode: "NOT_READY", fields: [.retryAfter: "2"])
        case .datasetNotReady: Problem(.conflict, detail: "\(error)", errorCode: "DATASET_FAILED")
        case .datasetInUse:
            Problem(
                .conflict,
                detail: "\(error). ?force=true cancels and removes them first.",
                errorCode: "RESOURCE_IN_USE"
            )
        case .queueFull:
            Problem(.tooManyRequests, detail: "\(error)", errorCode: "QUEUE_FULL", fields: [.retryAfter: "60"])
        case .keyReused: Problem(.unprocessableContent, detail: "\(error)", errorCode: "IDEMPOTENCY_KEY_REUSED")
        case .keySpent: Problem(.gone, detail: "\(error)", errorCode: "RESOURCE_DOES_NOT_EXIST")
        case .noRoom: Problem.insufficientStorage("\(error)")
        case .calibrationFailed:
            Problem(.internalServerError, detail: "\(error)", errorCode: "CALIBRATION_FAILED")
        case .noFile: Problem(.internalServerError, detail: "\(error)")
        }
    }

    package func dataset(_ request: Request) async throws -> DatasetSummary {
        let id = request.parameters["id"] ?? ""
        guard let found = try await experiments.library.dataset(id) else { throw ExperimentError.noDataset(id) }
        return found
    }

    /// A dataset that is ready, opened.
    package func opened(_ dataset: DatasetSummary) async throws -> Dataset {
        guard dataset.state == .ready, let manifest = dataset.manifest else {
            throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
        }
        if let known = datasets.withLock({ $0[dataset.id] }) { return known }
        let path = experiments.library.path(of: manifest)
        let opened = try await work.run { try Dataset(directory: path) }
        datasets.withLock { $0[dataset.id] = opened }
        return opened
    }

    /// Forgets a dataset that was removed.
    func close(_ dataset: DatasetSummary) { datasets.withLock { $0[dataset.id] = nil } }

    /// The dataset that a job is about.
    ///
    /// - Throws: `NoColumns` where it is about none
    func dataset(of job: JobSummary) throws -> DatasetSummary {
        guard let dataset = job.dataset else { throw NoColumns("is about no dataset") }
        return dataset
    }

    /// The job document with what its newest revision says.
    package func document(of job: JobSummary) async throws -> JSON { try await documents.document(of: job) }

    package func job(_ request: Request) async throws -> JobSummary {
        let id = request.parameters["id"] ?? ""
        guard let found = try await experiments.job(id) else {
            throw Problem(.notFound, detail: "there is no job \(id)", errorCode: "RESOURCE_DOES_NOT_EXIST")
        }
        return found
    }

    /// Fields of an answer that was asked for by a name: where the thing itself is, and that the name may move on.
    package static func fields(_ request: Request, id: String) -> HTTPFields {
        guard let asked = request.parameters["id"], asked != id else { return [:] }
        var path = request.path
        if path.count > 2 { path[2] = id }
        let encoded = path.map { $0.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? $0 }
        return [.contentLocation: "/" + encoded.joined(separator: "/"), .cacheControl: "no-cache"]
    }

    /// A whole number in the query.
    package static func number(_ request: Request, _ name: String, default fallback: Int, in range: ClosedRange<Int>)
        throws
        -> Int
    {
        guard let text = request.query.first(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw Problem(
                .badRequest,
                detail: "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), got \"\(text)\"",
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: name, detail: "got \"\(text)\"")]
            )
        }
        return value
    }

    /// Refuses query parameters that the route does not know: a misspelt one would silently do nothing.
    package static func allow(_ request: Request, _ known: String...) throws { try allow(request, known) }

    package static func allow(_ request: Request, _ known: [String]) throws {
        for item in request.query.items where !known.contains(item.name) {
            throw Problem(
                .badRequest,
                detail: "unknown parameter \"\(item.name)\"; there "
                    + (known.isEmpty ? "are none here" : "is \(known.joined(separator: ", "))"),
                errorCode: "INVALID_PARAMETER_VALUE",
                errors: [.init(pointer: item.name, detail: "unknown parameter")]
            )
        }
    }
}
