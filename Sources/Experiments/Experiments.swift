import Datasets
import Files
import Foundation
import GRDB
import Logging
import Synchronization

/// Data sets and jobs of one data folder: all that the routes of the service call.
public final class Experiments: Sendable {
    /// The data sets.
    public let library: DatasetLibrary
    /// What people decided about examples.
    public let reviews: ReviewStore
    /// Where everything stands.
    public let folder: DataFolder
    /// The networks on offer.
    public let catalog: ModelCatalog
    let queue: JobQueue
    let scheduler: Scheduler
    let logger: Logger
    /// Live jobs that there may be.
    let queueLimit: Int
    let threadsPerWorker = 1
    /// Whether what an earlier process left has been looked at.
    private let isStarted = Atomic(false)

    /// - Parameters:
    ///   - folder: the data folder, already locked
    ///   - launcher: runs the children
    ///   - catalog: the networks on offer
    ///   - slots: members that run at once
    ///   - checkpointSeconds: seconds of work between two checkpoints of a member
    ///   - queueLimit: jobs that may wait or run at a time
    ///   - logger: where it reports
    public init(
        folder: DataFolder,
        launcher: any Launcher,
        catalog: ModelCatalog,
        slots: Int,
        checkpointSeconds: Double = 120,
        queueLimit: Int = 100,
        logger: Logger
    ) throws {
        let store = try Store(path: folder.database)
        self.folder = folder
        self.catalog = catalog
        self.queueLimit = queueLimit
        self.logger = logger
        queue = JobQueue(store: store)
        reviews = ReviewStore(store: store)
        library = DatasetLibrary(store: store, folder: folder, launcher: launcher, logger: logger)
        scheduler = Scheduler(
            queue: queue,
            folder: folder,
            library: library,
            launcher: launcher,
            slots: slots,
            checkpointSeconds: checkpointSeconds,
            logger: logger
        )
    }

    /// Goes on with whatever an earlier process left.
    public func start() async throws {
        await library.whenSettled { [weak self] id in
            // Before the scheduler has started, its members would be taken for those of an earlier process.
            guard let self, isStarted.load(ordering: .acquiring) else { return }
            await admit(waitingFor: id)
        }
        try await library.recover()
        try await scheduler.start()
        isStarted.store(true, ordering: .releasing)
        try await admitWaiting()
    }

    /// Stops all children. What they were at is done again at the next start.
    public func stop() async {
        await scheduler.stop()
        await library.stop()
    }

    // MARK: Jobs

    /// Carries a change through even where the client that asked for it is gone: GRDB refuses calls in a cancelled
    /// task, and half a change would stay.
    func whole<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        try await Task { try await body() }.value
    }

    /// The job of that id or, failing that, the newest of that name.
    public func job(_ idOrName: String) async throws -> JobSummary? {
        guard let record = try await queue.resolve(idOrName) else { return nil }
        return try await summary(of: record)
    }

    /// Jobs, newest first.
    ///
    /// - Parameters:
    ///   - limit: at most so many
    ///   - token: the `nextToken` of the page before
    ///   - state: only jobs in that state
    ///   - dataset: only jobs of that data set, by id or name
    public func jobs(
        limit: Int,
        after token: String?,
        state: JobState?,
        dataset: String?
    ) async throws -> Page<JobSummary> {
        var datasetId: String?
        if let dataset {
            guard let found = try await library.dataset(dataset) else { throw ExperimentError.noDataset(dataset) }
            datasetId = found.id
        }
        let records = try await queue.list(limit: limit + 1, after: token, state: state, datasetId: datasetId)
        var page: [JobSummary] = []
        for record in records.prefix(limit) { page.append(try await summary(of: record)) }
        return Page(elements: page, nextToken: records.count > limit ? page.last?.id : nil)
    }

    /// The members of a job, in order.
    public func members(of job: JobSummary) async throws -> [MemberSummary] {
        // While it waits for its data set it has none.
        guard let folds = job.settings?.ensemble.folds else { return [] }
        let progress = await scheduler.progress()
        return try await queue.members(of: job.id).map { link, member in
            MemberSummary(
                index: link.index,
                key: member.key,
                state: !job.state.isLive && (member.state == .queued || member.state == .running)
                    ? "cancelled" : member.state.rawValue,
                attempt: member.attempt,
                reused: link.reused,
                repeatIndex: link.index / folds,
                fold: link.index % folds,
                reason: member.reason,
                result: try Scheduler.result(of: member),
                progress: member.state == .running ? progress[member.key] : nil,
                startedAt: member.startedAt.map(Date.init(timeIntervalSince1970:)),
                finishedAt: member.finishedAt.map(Date.init(timeIntervalSince1970:))
            )
        }
    }

    /// Cancels a job. Members that another live job waits for go on; finished ones stay.
    /// - Returns: false where the job was in a final state already
    public func cancel(_ job: JobSummary) async throws -> Bool {
        try await whole { [self] in try await cancelled(job) }
    }

    private func cancelled(_ job: JobSummary) async throws -> Bool {
        let cancelled = try await queue.finish(job.id, state: .cancelled, stopReason: "cancelled by request")
        if cancelled { try await scheduler.dropUnwanted() }
        return cancelled
    }

    /// Removes a job, cancelling it first, with its columns and the members that no other job refers to.
    public func delete(_ job: JobSummary) async throws {
        try await whole { [self] in try await deleted(job) }
    }

    private func deleted(_ job: JobSummary) async throws {
        _ = try await cancelled(job)
        try await queue.remove(job.id)
        let orphans = try await queue.removeOrphans(sparing: await scheduler.runningKeys())
        try await scheduler.removeFiles(ofJob: job.id, orphans: orphans)
    }

    /// Removes a data set.
    ///
    /// - Parameter force: also cancel and remove the jobs that refer to it
    /// - Throws: `ExperimentError.datasetInUse` where there are such jobs and `force` is false
    public func deleteDataset(_ dataset: DatasetSummary, force: Bool) async throws {
        try await whole { [self] in try await deletedDataset(dataset, force: force) }
    }

    private func deletedDataset(_ dataset: DatasetSummary, force: Bool) async throws {
        let jobs = try await queue.jobs(of: dataset.id)
        guard jobs.isEmpty || force else { throw ExperimentError.datasetInUse(dataset.id, jobs: jobs.map(\.id)) }
        for record in jobs { try await deleted(try await summary(of: record)) }
        try await library.remove(dataset.id)
    }

    /// The folder of a job's columns in a revision.
    public func columnsFolder(of job: JobSummary, revision: Int) -> String { folder.revision(job.id, revision) }

    func summary(of record: JobRecord) async throws -> JobSummary {
        guard let dataset = try await library.dataset(record.datasetId) else {
            throw ExperimentError.noDataset(record.datasetId)
        }
        let decoder = JSONDecoder()
        let settings =
            record.settings.isEmpty ? nil : try decoder.decode(JobSettings.self, from: Data(record.settings.utf8))
        let members = try await queue.members(of: record.id)
        let progress = await scheduler.progress()
        var counts = JobSummary.MemberCounts()
        counts.total = members.count
        var done = 0.0
        var durations: [Double] = []
        for (link, member) in members {
            counts.reused += link.reused ? 1 : 0
            switch member.state {
            case .succeeded:
                counts.succeeded += 1
                done += 1
                let result = try Scheduler.result(of: member)
                if result?.learned == false { counts.excluded += 1 }
                if let seconds = result?.seconds { durations.append(seconds.values.reduce(0, +)) }
            case .running where record.state.isLive:
                counts.running += 1
                if let progress = progress[member.key] {
                    done += progress.fraction
                    // What a checkpoint spared this attempt would make it look faster than it is.
                    if progress.fraction > 0.02, progress.resumedFromEpoch == nil {
                        durations.append(Date().timeIntervalSince(progress.startedAt) / progress.fraction)
                    }
                }
            case .failed: counts.failed += 1
            default: counts.queued += record.state.isLive ? 1 : 0
            }
        }
        let isReducing = counts.succeeded == counts.total && record.state.isLive
        var eta: Double?
        if record.state.isLive, !durations.isEmpty {
            let mean = durations.reduce(0, +) / Double(durations.count)
            let lanes = Double(min(scheduler.slotCount, max(1, counts.running + counts.queued)))
            eta = (Double(counts.total) - done) * mean / lanes
        }
        let total = Double(max(1, counts.total))
        return JobSummary(
            id: record.id,
            kind: record.kind,
            name: record.name,
            state: record.state,
            stopReason: record.stopReason,
            failure: try record.failure.map { try decoder.decode(Failure.self, from: Data($0.utf8)) },
            dataset: dataset,
            settings: settings,
            members: counts,
            phase: settings == nil
                ? "dataset" : record.state == .succeeded ? "done" : isReducing ? "scores" : "members",
            fraction: record.state == .succeeded ? 1 : min(0.999, done / total),
            etaSeconds: eta,
            queuePosition: record.state == .queued ? try await queue.position(of: record) : nil,
            revision: record.revision,
            revisionMembers: record.revisionMembers,
            createdAt: Date(timeIntervalSince1970: record.createdAt),
            startedAt: record.startedAt.map(Date.init(timeIntervalSince1970:)),
            finishedAt: record.finishedAt.map(Date.init(timeIntervalSince1970:)),
            extends: record.extends
        )
    }
}

/// Why a request about experiments cannot be met.
public enum ExperimentError: Error, Sendable, CustomStringConvertible {
    /// No data set of that id or name.
    case noDataset(String)
    /// The data set is still being parsed, or could not be.
    case datasetNotReady(String, DatasetSummary.State, Failure?)
    /// Jobs refer to the data set.
    case datasetInUse(String, jobs: [String])
    /// The data set's folder lacks a file.
    case noFile(String)
    /// So many jobs wait or run that no more are taken.
    case queueFull(Int)
    /// An idempotency key was used before, for another request.
    case keyReused(String)
    /// The job that an idempotency key stands for was removed.
    case keySpent(String, String)

    /// One sentence for people.
    public var description: String {
        switch self {
        case .noDataset(let id): "there is no data set \(id)"
        case .datasetNotReady(let id, let state, let failure):
            state == .ingesting
                ? "the data set \(id) is still being read"
                : "the data set \(id) could not be read: \(failure?.detail ?? "")"
        case .datasetInUse(let id, let jobs):
            "the data set \(id) is used by \(jobs.count) job(s): \(jobs.prefix(5).joined(separator: ", "))"
        case .noFile(let name): "the data set's folder lacks \(name)"
        case .queueFull(let limit): "\(limit) jobs wait or run already, and no more are taken; try again later"
        case .keyReused(let key):
            "the Idempotency-Key \(key) was used for another request; a new request needs a new key"
        case .keySpent(let key, let job):
            "the Idempotency-Key \(key) stands for the job \(job), which was removed; a new request needs a new key"
        }
    }
}

/// How much there is of everything, for monitoring.
public struct Counts: Sendable {
    /// Data sets by state.
    public var datasets: [String: Int]
    /// Jobs by state.
    public var jobs: [String: Int]
    /// Members by state.
    public var members: [String: Int]
    /// Free space on the disk of the data folder, in bytes.
    public var freeBytes: UInt64
}

extension Experiments {
    /// How much there is of everything.
    public func counts() async throws -> Counts {
        let tables = try await queue.counts()
        return Counts(
            datasets: tables["dataset"] ?? [:],
            jobs: tables["job"] ?? [:],
            members: tables["member"] ?? [:],
            freeBytes: try folder.files.freeSpace(folder.root)
        )
    }
}
