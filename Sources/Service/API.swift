import Datasets
import Experiments
import Files
import Foundation
import HTTPServer
import HTTPTypes
import Logging
import Synchronization

/// The routes of the HTTP API: each turns a request into a call on `Experiments` and the result into JSON.
public final class API: Sendable {
    /// Limits of the API that an operator may set.
    public struct Limits: Sendable {
        /// Largest upload in bytes, after undoing gzip.
        public var uploadBytes = 2 << 30
        /// How long an upload's answer may wait for its parsing before it is 202.
        public var ingestPatience = Duration.seconds(10)

        /// The defaults.
        public init() {}
    }

    let experiments: Experiments
    let limits: Limits
    /// Who may use it; nil where everybody may.
    let access: AccessControl?
    let version: String
    let logger: Logger
    let tables = ColumnTables()
    let openFiles = OpenFiles()
    let datasets = Mutex<[(id: String, dataset: Dataset)]>([])
    let work = WorkQueue(label: "service.work", width: max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// - Parameters:
    ///   - experiments: data sets and jobs
    ///   - limits: limits of the API
    ///   - access: lets browsers sign in; nil where nobody has to
    ///   - version: the program's version
    ///   - logger: where it reports
    public init(experiments: Experiments, limits: Limits, access: AccessControl? = nil, version: String, logger: Logger)
    {
        self.experiments = experiments
        self.limits = limits
        self.access = access
        self.version = version
        self.logger = logger
    }

    /// All routes.
    public func router() -> Router {
        var router = Router()
        addServiceRoutes(to: &router)
        addSessionRoutes(to: &router)
        addDatasetRoutes(to: &router)
        addSubmissionRoutes(to: &router)
        addEvidenceRoutes(to: &router)
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
        addPruningRoutes(to: &router)
        return router
    }

    // MARK: What handlers share

    /// Turns the errors of the layers below into problem documents: the one place that chooses their status.
    func answering(_ handler: @escaping Router.Handler) -> Router.Handler {
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
            } catch let error as ExperimentError {
                throw Self.problem(error)
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

    func dataset(_ request: Request) async throws -> DatasetSummary {
        let id = request.parameters["id"] ?? ""
        guard let found = try await experiments.library.dataset(id) else { throw ExperimentError.noDataset(id) }
        return found
    }

    /// A data set that is ready, opened.
    func opened(_ dataset: DatasetSummary) async throws -> Dataset {
        guard dataset.state == .ready, let manifest = dataset.manifest else {
            throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
        }
        if let known = datasets.withLock({ kept in kept.first { $0.id == dataset.id }?.dataset }) { return known }
        let path = experiments.library.path(of: manifest)
        let opened = try await work.run { try Dataset(directory: path) }
        datasets.withLock { kept in
            kept.append((dataset.id, opened))
            if kept.count > 8 { kept.removeFirst() }
        }
        return opened
    }

    /// Names of a job's probes, the input first: those of its network, or of the layers of a training log.
    func probeNames(of settings: JobSettings?) -> [String] {
        guard let settings else { return [] }
        if let imported = settings.imported { return imported.probeNames }
        return experiments.catalog.entry(named: settings.model.name)?.probeNames(settings.model) ?? []
    }

    func job(_ request: Request) async throws -> JobSummary {
        let id = request.parameters["id"] ?? ""
        guard let found = try await experiments.job(id) else {
            throw Problem(.notFound, detail: "there is no job \(id)", errorCode: "RESOURCE_DOES_NOT_EXIST")
        }
        return found
    }

    /// Fields of an answer that was asked for by a name: where the thing itself is, and that the name may move on.
    static func fields(_ request: Request, id: String) -> HTTPFields {
        guard let asked = request.parameters["id"], asked != id else { return [:] }
        var path = request.path
        if path.count > 2 { path[2] = id }
        let encoded = path.map { $0.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? $0 }
        return [.contentLocation: "/" + encoded.joined(separator: "/"), .cacheControl: "no-cache"]
    }

    /// A whole number in the query.
    static func number(_ request: Request, _ name: String, default fallback: Int, in range: ClosedRange<Int>) throws
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
    static func allow(_ request: Request, _ known: String...) throws {
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
