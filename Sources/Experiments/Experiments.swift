import Datasets
import Files
import Foundation
import GRDB
import Logging
import Synchronization

/// Datasets and jobs of one data folder: all that the routes of the service call.
public final class Experiments: Sendable {
    /// The datasets.
    public let library: DatasetLibrary
    /// What people decided about examples.
    public let reviews: ReviewStore
    /// Where everything stands.
    public let folder: DataFolder
    /// The kinds of job that it knows.
    public let kinds: JobKinds
    let queue: JobQueue
    let scheduler: Scheduler
    /// Tells of changes.
    let feed = JobFeed()
    /// Has tasks measured.
    public let calibrator: Calibrator
    /// Where drafts are made, which may read and draw a lot.
    let disk = DiskQueue(label: "experiments.drafts")
    let logger: Logger
    /// The room on the disk.
    public let room: DiskRoom
    let retention: Retention
    /// Live jobs that there may be.
    let queueLimit: Int
    /// Whether what an earlier process left has been looked at.
    private let isStarted = Atomic(false)

    /// - Parameters:
    ///   - folder: the data folder, already locked
    ///   - launcher: runs the children
    ///   - kinds: the kinds of job that it knows
    ///   - slots: members that run at once
    ///   - checkpointSeconds: seconds of work between two checkpoints of a member
    ///   - queueLimit: jobs that may wait or run at a time
    ///   - retentionDays: after how many days finished jobs are removed; nil keeps them
    ///   - minFreeBytes: bytes of the disk that are kept free
    ///   - diskPause: seconds between two looks at a disk that is nearly full
    ///   - logger: where it reports
    public init(
        folder: DataFolder,
        launcher: any Launcher,
        kinds: JobKinds,
        slots: Int,
        checkpointSeconds: Double = 120,
        queueLimit: Int = 100,
        retentionDays: Double? = nil,
        minFreeBytes: UInt64 = 256 << 20,
        diskPause: TimeInterval = 5,
        logger: Logger
    ) throws {
        let store = try Store(path: folder.database)
        self.folder = folder
        self.kinds = kinds
        self.queueLimit = queueLimit
        self.logger = logger
        room = DiskRoom(files: folder.files, path: folder.root, minimum: minFreeBytes)
        retention = Retention(days: retentionDays, logger: logger)
        queue = JobQueue(store: store)
        reviews = ReviewStore(store: store)
        library = DatasetLibrary(store: store, folder: folder, launcher: launcher, logger: logger)
        feed.watch(store, logger: logger)
        scheduler = Scheduler(
            feed: feed,
            queue: queue,
            folder: folder,
            library: library,
            launcher: launcher,
            kinds: kinds,
            slots: slots,
            checkpointSeconds: checkpointSeconds,
            room: room,
            diskPause: diskPause,
            logger: logger
        )
        calibrator = Calibrator(folder: folder, members: scheduler.members, launcher: launcher)
    }

    /// Goes on with whatever an earlier process left.
    public func start() async throws {
        await library.whenSettled { [weak self] id in
            // Before the scheduler has started, its members would be taken for those of an earlier process.
            guard let self, isStarted.load(ordering: .acquiring) else { return }
            await admit(waitingFor: id)
        }
        try await library.recover(keepingEvidence: try await neededEvidence())
        try await scheduler.start()
        isStarted.store(true, ordering: .releasing)
        try await admitWaiting()
        await retention.start { [weak self] time in try await self?.removeJobs(endedBefore: time) }
    }

    /// Stops all children. What they were at is done again at the next start.
    public func stop() async {
        await retention.stop()
        await calibrator.stop()
        await scheduler.stop()
        await library.stop()
    }

    /// Names of folders below `evidence/` that waiting jobs need.
    private func neededEvidence() async throws -> Set<String> {
        var names: Set<String> = []
        for job in try await queue.waiting(for: nil) {
            guard let request = job.request, let kind = kinds[job.kind] else { continue }
            names.formUnion(try kind.evidence(of: Array(request.utf8)))
        }
        return names
    }

    // MARK: Jobs

    /// Carries a change through even where the client that asked for it is gone: GRDB refuses calls in a cancelled
    /// task, and half a change would stay.
    package func whole<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
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
    ///   - dataset: only jobs of that dataset, by id or name
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
        let page = try await summaries(of: Array(records.prefix(limit)))
        return Page(elements: page, nextToken: records.count > limit ? page.last?.id : nil)
    }

    /// The members of a job, in order; none while it waits for its datasets.
    public func members(of job: JobSummary) async throws -> [MemberSummary] {
        let progress = scheduler.board.current.progress
        return try await queue.members(of: job.id).map { link, member in
            MemberSummary(
                index: link.index,
                key: member.key,
                state: !job.state.isLive && (member.state == .queued || member.state == .running)
                    ? "cancelled" : member.state.rawValue,
                attempt: member.attempt,
                reused: link.reused,
                reason: member.reason,
                result: member.result.map { Array($0.utf8) },
                isExcluded: member.excluded,
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
        try await removeLeftovers(of: job.id)
    }

    /// Removes the files of a job whose row is gone, and the members that nobody refers to any more.
    func removeLeftovers(of id: String) async throws {
        let orphans = try await queue.removeOrphans(sparing: await scheduler.runningKeys())
        try await scheduler.removeFiles(ofJob: id, orphans: orphans)
    }

    /// Removes a dataset.
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

    /// Cores granted: members that run at once.
    public var slotCount: Int { scheduler.slotCount }
}
