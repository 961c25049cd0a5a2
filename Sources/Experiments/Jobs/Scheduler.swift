import Files
import Foundation
import Logging
import Tasks

/// Runs the members of live jobs on a fixed number of cores and has their evidence reduced to columns.
///
/// The store is the truth; what is kept here is only what dies with the process: the running children and their
/// progress. A restart therefore continues where the store and the folders say the work was.
actor Scheduler {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = QueueExecutor(label: "experiments.scheduler")
    let queue: JobQueue
    let folder: DataFolder
    let launcher: any Launcher
    let logger: Logger
    /// Cores granted: members that run at once.
    let slots: Int
    /// Seconds of work between two checkpoints of a member.
    let checkpointSeconds: Double
    let room: DiskRoom
    /// Between two looks at a disk that is nearly full.
    private let diskPause: TimeInterval
    let shelf: CheckpointShelf
    nonisolated let members: TaskFolders
    let kinds: JobKinds
    let reducer: Reducer

    struct Run {
        var member: MemberRecord
        /// The child, once it is started.
        var child: Child?
        /// All that is done for the member, from its preparation to the bookkeeping after its end.
        var task: Task<Void, Never>?
        /// Stopped because no live job wants it any more.
        var isUnwanted = false
        /// Stopped to make way for others: where it is to be taken up again among the members of its job.
        var place: Double?
    }

    var runs: [String: Run] = [:]
    var reductions: [String: Task<Void, Never>] = [:]
    var reducing: [String: Child] = [:]
    /// When a partial reduction of a job may start again: they are to take a small share of the time.
    var nextReduction: [String: Date] = [:]
    /// Jobs that have a revision with a whole round of members, as far as this process made it.
    var roundsSeen: Set<String> = []
    /// Jobs whose previews this process reduced, or tried to.
    var previewsSeen: Set<String> = []
    /// What others may look at while this waits for the disk.
    struct Facts {
        /// Progress of the members that run now, by key.
        var progress: [String: TaskProgress] = [:]
        /// Share that is done of the members that made way for others, by key.
        var paused: [String: Double] = [:]
        /// Why no member starts at present: the disk is nearly full.
        var shortage: DiskRoom.Shortage?
    }

    nonisolated let board = Board(Facts())
    private var shortage: DiskRoom.Shortage? {
        get { board.current.shortage }
        set { board.change { $0.shortage = newValue } }
    }
    /// When a disk that turned out to be full is tried again.
    private var fullUntil = Date.distantPast
    private var isFilling = false
    private var filling: Task<Void, Never>?
    private var fillAgain = false
    private var alarm: Task<Void, Never>?
    private var watch: Task<Void, Never>?
    private(set) var isStopping = false

    private let feed: JobFeed

    init(
        feed: JobFeed,
        queue: JobQueue,
        folder: DataFolder,
        library: DatasetLibrary,
        launcher: any Launcher,
        kinds: JobKinds,
        slots: Int,
        checkpointSeconds: Double,
        room: DiskRoom,
        diskPause: TimeInterval,
        logger: Logger
    ) {
        self.feed = feed
        self.queue = queue
        self.folder = folder
        self.launcher = launcher
        self.slots = slots
        self.checkpointSeconds = checkpointSeconds
        self.room = room
        self.diskPause = diskPause
        self.logger = logger
        shelf = CheckpointShelf(folder: folder, logger: logger)
        self.kinds = kinds
        members = TaskFolders(
            queue: queue,
            folder: folder,
            library: library,
            kinds: kinds,
            shelf: shelf,
            logger: logger
        )
        reducer = Reducer(
            queue: queue,
            folder: folder,
            folders: members,
            kinds: kinds,
            launcher: launcher,
            logger: logger
        )
    }

    // MARK: Starting and stopping

    /// Goes on with whatever an earlier process left.
    func start() async throws {
        try await Recovery(queue: queue, folder: folder, members: members, logger: logger).run()
        for job in try await queue.liveJobs() { await settle(job.id) }
        fill()
        watch = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(30))
                if !Task.isCancelled { await self.heal() }
            }
        }
    }

    /// Picks up whatever a refused write to the store left standing, such as on a disk that was full for a moment.
    private func heal() async {
        do {
            let started = Date().timeIntervalSince1970 - 30
            for member in try await queue.running()
            where runs[member.key] == nil && (member.startedAt ?? 0) < started {
                if try await !members.accept(member) { try await members.requeue(member) }
            }
            for job in try await queue.liveJobs() { await settle(job.id) }
        } catch {
            logger.error("the store refuses", metadata: ["error": "\(error)"])
        }
        fill()
    }

    /// Stops all children; their members go back to the queue.
    func stop() async {
        isStopping = true
        watch?.cancel()
        let tasks = runs.values.compactMap(\.task) + Array(reductions.values)
        for run in runs.values { run.child?.stop() }
        for child in reducing.values { child.stop() }
        for task in tasks { await task.value }
        // When this returns nothing holds the data folder any more: another service may open it.
        await filling?.value
        alarm?.cancel()
        await alarm?.value
        await watch?.value
    }

    /// Starts members while there are free slots. Called whenever something may have changed.
    func fill() {
        if isFilling {
            fillAgain = true
            return
        }
        isFilling = true
        filling = Task {
            repeat {
                fillAgain = false
                await fillOnce()
            } while fillAgain
            isFilling = false
        }
    }

    private func fillOnce() async {
        do {
            // First, so that no member starts for a job whose time is up.
            for job in try await queue.overdue() where !isStopping { try await spend(job) }
            let hasRoom = try hasRoom()
            while hasRoom, !isStopping, runs.count < slots, let member = try await queue.claim() {
                runs[member.key] = Run(member: member)
                board.change {
                    $0.progress[member.key] = TaskProgress(fraction: $0.paused[member.key] ?? 0)
                    $0.paused[member.key] = nil
                }
                runs[member.key]?.task = Task { await self.run(member) }
            }
            guard !isStopping else { return }
            var next = [try await queue.nextDeadline()]
            if let start = try await queue.nextStart(), runs.count < slots || !hasRoom {
                next.append(hasRoom ? start : Date().timeIntervalSince1970 + diskPause)
            }
            if let soonest = next.compactMap({ $0 }).min() { wake(at: soonest) }
        } catch {
            logger.error("no member could be started", metadata: ["error": "\(error)"])
        }
    }

    /// Whether the disk has room for members to start; says so where that changes.
    private func hasRoom() throws -> Bool {
        var found = try room.shortage()
        if found == nil, Date() < fullUntil { found = shortage }
        if (found == nil) != (shortage == nil) {
            if let found {
                logger.warning("members pause", metadata: ["reason": "\(found)"])
            } else {
                logger.notice("there is room again: members go on")
            }
        }
        if (shortage == nil) != (found == nil) { tell() }
        shortage = found
        return found == nil
    }

    /// What a write that the disk had no room for leads to: nothing is started for a while.
    ///
    /// - Returns: whether the disk really is nearly full; otherwise it was some other limit, and waiting helps nobody
    func pauseForRoom() throws -> Bool {
        guard let found = try room.shortage() else { return false }
        shortage = found
        fullUntil = Date() + diskPause
        return true
    }

    private func wake(at time: Timestamp) {
        guard !isStopping else { return }
        let seconds = max(0.05, time - Date().timeIntervalSince1970)
        alarm?.cancel()
        alarm = Task {
            try? await Task.sleep(for: .seconds(seconds))
            if !Task.isCancelled { self.fill() }
        }
    }

    /// Says that something changed that is in no row: the progress of a member, or the room on the disk.
    func tell() { feed.signal() }

    // MARK: Looking

    /// Cores granted.
    nonisolated var slotCount: Int { slots }

    /// Keys of the members that run now.
    func runningKeys() -> Set<String> { Set(runs.keys) }
}
