import Arrays
import Datasets
import Difficulty
import Files
import Foundation
import Logging

/// Runs the members of live jobs on a fixed number of cores and has their evidence reduced to columns.
///
/// The store is the truth; what is kept here is only what dies with the process: the running children and their
/// progress. A restart therefore continues where the store and the folders say the work was.
actor Scheduler {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = QueueExecutor(label: "experiments.scheduler")
    private let queue: JobQueue
    private let folder: DataFolder
    private let library: DatasetLibrary
    private let launcher: any Launcher
    private let logger: Logger
    /// Cores granted: members that run at once.
    private let slots: Int
    /// Seconds of work between two checkpoints of a member.
    private let checkpointSeconds: Double
    private let shelf: CheckpointShelf

    private struct Run {
        var member: MemberRecord
        var progress = MemberProgress()
        var failure: ChildMessage?
        /// The child, once it is started.
        var launch: Launch?
        /// All that is done for the member, from its preparation to the bookkeeping after its end.
        var task: Task<Void, Never>?
        /// Stopped because no live job wants it any more.
        var isUnwanted = false
    }

    private var runs: [String: Run] = [:]
    private var reductions: [String: Task<Void, Never>] = [:]
    private var reductionLaunches: [String: Launch] = [:]
    /// When a partial reduction of a job may start again: they are to take a small share of the time.
    private var nextReduction: [String: Date] = [:]
    private var isFilling = false
    private var fillAgain = false
    private var alarm: Task<Void, Never>?
    private var watch: Task<Void, Never>?
    private var isStopping = false

    init(
        queue: JobQueue,
        folder: DataFolder,
        library: DatasetLibrary,
        launcher: any Launcher,
        slots: Int,
        checkpointSeconds: Double,
        logger: Logger
    ) {
        self.queue = queue
        self.folder = folder
        self.library = library
        self.launcher = launcher
        self.slots = slots
        self.checkpointSeconds = checkpointSeconds
        self.logger = logger
        shelf = CheckpointShelf(folder: folder, logger: logger)
    }

    // MARK: Starting and stopping

    /// Ends what an earlier process left running, takes what it finished, and goes on with the rest.
    func start() async throws {
        let left = try await queue.running()
        // They have seen the end of their standard input and may be writing a checkpoint.
        await RunningProcess.end(
            left.compactMap { member in
                guard let id = member.processId, let start = member.processStart else { return nil }
                return RunningProcess(id: Int32(id), start: start)
            },
            patience: .seconds(10)
        )
        for member in left where try await !accept(member) { try await requeue(member) }
        _ = try await queue.removeOrphans(sparing: [])
        let known = try await queue.known()
        sweep("tasks") { !$0.hasPrefix("ingest-") }
        sweep("jobs") { !known.jobs.contains($0) }
        sweep("members") { !known.members.contains($0) }
        shelf.sweep(keeping: try await queue.awaited())
        for job in try await queue.liveJobs() { await settle(job.id) }
        fill()
        watch = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(30))
                if !Task.isCancelled { await self.heal() }
            }
        }
    }

    /// Removes what a crash left in a folder. What cannot be removed now is left for the next start.
    private func sweep(_ name: String, where isLitter: (String) -> Bool) {
        do {
            for entry in try folder.files.list("\(folder.root)/\(name)") where isLitter(entry) {
                try folder.files.removeTree("\(folder.root)/\(name)/\(entry)")
            }
        } catch {
            logger.warning("an old folder could not be removed", metadata: ["error": "\(error)"])
        }
    }

    /// Picks up whatever a refused write to the store left standing, such as on a disk that was full for a moment.
    private func heal() async {
        do {
            let started = Date().timeIntervalSince1970 - 30
            for member in try await queue.running()
            where runs[member.key] == nil && (member.startedAt ?? 0) < started {
                if try await !accept(member) { try await requeue(member) }
            }
            for job in try await queue.liveJobs() { await settle(job.id) }
        } catch {
            logger.error("the store refuses", metadata: ["error": "\(error)"])
        }
        fill()
    }

    /// Back to the queue with what its last attempt left.
    private func requeue(_ member: MemberRecord) async throws {
        shelf.keep(member.key, from: folder.task(member.key, attempt: member.attempt))
        try await queue.requeue(member)
    }

    /// Stops all children; their members go back to the queue.
    func stop() async {
        isStopping = true
        alarm?.cancel()
        watch?.cancel()
        let tasks = runs.values.compactMap(\.task) + Array(reductions.values)
        for run in runs.values { run.launch?.stop() }
        for launch in reductionLaunches.values { launch.stop() }
        for task in tasks { await task.value }
    }

    /// Starts members while there are free slots. Called whenever something may have changed.
    func fill() {
        if isFilling {
            fillAgain = true
            return
        }
        isFilling = true
        Task {
            repeat {
                fillAgain = false
                await fillOnce()
            } while fillAgain
            isFilling = false
        }
    }

    private func fillOnce() async {
        do {
            while !isStopping, runs.count < slots, let member = try await queue.claim() {
                runs[member.key] = Run(member: member)
                runs[member.key]?.task = Task { await self.run(member) }
            }
            guard !isStopping, runs.count < slots, let next = try await queue.nextStart() else { return }
            let seconds = max(0.05, next - Date().timeIntervalSince1970)
            alarm?.cancel()
            alarm = Task {
                try? await Task.sleep(for: .seconds(seconds))
                if !Task.isCancelled { self.fill() }
            }
        } catch {
            logger.error("no member could be started", metadata: ["error": "\(error)"])
        }
    }

    // MARK: One member

    private func run(_ member: MemberRecord) async {
        let task = folder.task(member.key, attempt: member.attempt)
        do {
            if try await !accept(member) {
                try await prepare(member, in: task)
                // It may have become unwanted while it was prepared.
                guard !isStopping, runs[member.key]?.isUnwanted != true else {
                    try await end(member, exit: .signalled(SIGTERM))
                    return await close(member)
                }
                let launch = Launch(
                    ChildTask(
                        arguments: [
                            "worker", "--task", task, "--checkpoint", folder.checkpoint(member.key),
                            "--checkpoint-seconds", "\(checkpointSeconds)",
                        ],
                        standardError: "\(task)/stderr.log",
                        environment: ["OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"]
                    ),
                    by: launcher,
                    started: { id in await self.started(member, id) },
                    received: { message in await self.received(message, from: member.key) }
                )
                runs[member.key]?.launch = launch
                let exit = await launch.exit
                try await end(member, exit: exit)
            }
        } catch {
            logger.error("a member could not be run", metadata: ["member": "\(member.key)", "error": "\(error)"])
            do {
                _ = try await queue.fail(member, reason: "the member could not be run: \(error)", mayRetry: true)
            } catch {
                logger.error("the store refuses a write", metadata: ["error": "\(error)"])
            }
        }
        await close(member)
    }

    /// Gives the slot back and looks at what follows from the member's end.
    private func close(_ member: MemberRecord) async {
        runs[member.key] = nil
        do {
            if try await queue.isOrphan(member.key) {
                for key in try await queue.removeOrphans(sparing: Set(runs.keys)) { try discard(key) }
            }
            shelf.sweep(keeping: try await queue.awaited())
            for job in try await queue.liveJobs(waitingFor: member.key) { await settle(job) }
        } catch {
            logger.error("a job could not be brought up to date", metadata: ["error": "\(error)"])
        }
        fill()
    }

    private func prepare(_ member: MemberRecord, in task: String) async throws {
        let plan = try JSONDecoder().decode(MemberPlan.self, from: Data(member.plan.utf8))
        guard let data = try await library.dataset(member.datasetId)?.manifest else {
            throw LibraryError.noDataset(member.datasetId)
        }
        let home = library.path(of: data)
        try folder.files.removeTree(task)
        try folder.files.createDirectory(task)
        let heldOut = SplitPlan(folds: plan.folds, seed: plan.training.seed).heldOut(
            member: plan.index,
            labels: try NPY.read(Int32.self, from: "\(home)/labels.npy").values,
            split: try NPY.read(UInt8.self, from: "\(home)/split.npy").values,
            duplicateOf: try NPY.read(Int32.self, from: "\(home)/duplicate_of.npy").values
        )
        _ = try NPY.write(
            NDArray(shape: [heldOut.count], values: heldOut),
            to: "\(task)/held_out.npy",
            files: folder.files
        )
        let spec = try MemberSpec(plan: plan, data: data, folder: home)
        try folder.files.write(try CanonicalJSON.encode(spec), to: "\(task)/spec.json")
    }

    private func started(_ member: MemberRecord, _ id: Int32) async {
        guard let process = RunningProcess(id) else { return }
        do {
            try await queue.note(process, for: member)
        } catch {
            logger.warning("a process id could not be stored", metadata: ["error": "\(error)"])
        }
    }

    private func received(_ message: ChildMessage, from key: String) {
        if message.t == "failed" {
            runs[key]?.failure = message
            return
        }
        if message.t == "note" {
            logger.notice("a member \(message.detail ?? "")", metadata: ["member": "\(key)"])
        }
        runs[key]?.progress.take(message)
    }

    private func end(_ member: MemberRecord, exit: ChildExit) async throws {
        let run = runs[member.key]
        if try await accept(member) { return }
        let task = folder.task(member.key, attempt: member.attempt)
        shelf.keep(member.key, from: task)
        // A SIGTERM that this process did not send reached the whole service: it is being stopped.
        let wasStopped = exit == .signalled(SIGTERM) || run?.failure?.code == "INTERRUPTED"
        if isStopping || run?.isUnwanted == true || wasStopped {
            try await queue.requeue(member)
            try folder.files.removeTree(task)
            return
        }
        var reason = run?.failure?.detail ?? "the worker stopped before it was done: \(exit)"
        let log = (try? folder.files.read("\(task)/stderr.log")) ?? []
        let lastLines = String(decoding: log.suffix(500), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if run?.failure == nil, !lastLines.isEmpty { reason += "; its last words: \(lastLines)" }
        let givenUp = try await queue.fail(member, reason: reason, mayRetry: exit.mayRetry)
        logger.warning(
            givenUp ? "a member was given up" : "a member is tried again",
            metadata: ["member": "\(member.key)", "attempt": "\(member.attempt)", "reason": "\(reason)"]
        )
        try folder.files.removeTree(task)
    }

    /// Takes finished evidence, from the task folder or, where only the store does not know it yet, from its place.
    /// - Returns: whether there was any
    private func accept(_ member: MemberRecord) async throws -> Bool {
        let task = folder.task(member.key, attempt: member.attempt)
        let home = folder.member(member.key)
        var manifest: MemberManifest?
        do {
            manifest = try MemberManifest.load(from: home, key: member.key, files: folder.files)
            if manifest == nil {
                manifest = try MemberManifest.load(from: task, key: member.key, files: folder.files)
                if manifest != nil {
                    try folder.files.removeTree(home)
                    try folder.files.remove("\(task)/\(CheckpointShelf.fileName)")
                    try folder.files.rename(task, to: home)
                }
            }
        } catch let error as EvidenceError {
            logger.warning("evidence is not used", metadata: ["member": "\(member.key)", "why": "\(error)"])
            try folder.files.removeTree(home)
            return false
        }
        guard let manifest else { return false }
        let result = String(decoding: try CanonicalJSON.encode(manifest.result), as: UTF8.self)
        if try await !queue.succeed(member, result: result) {
            logger.warning("a member ended after it was no longer wanted", metadata: ["member": "\(member.key)"])
        }
        return true
    }

    private func discard(_ key: String) throws { try folder.files.removeTree(folder.member(key)) }

    // MARK: One job

    /// Looks at a live job's members and does what follows: nothing, a partial reduction, the last one, or its failure.
    func settle(_ id: String) async {
        do {
            guard !isStopping, let job = try await queue.job(id), job.state.isLive, job.request == nil else { return }
            let members = try await queue.members(of: id)
            if let given = members.first(where: { $0.member.state == .failed }) {
                return try await fail(
                    job,
                    Failure(
                        code: "MEMBER_FAILED",
                        detail:
                            "member \(given.link.index) failed for good: \(given.member.reason ?? "no reason known")"
                    )
                )
            }
            let finished = members.filter { $0.member.state == .succeeded }
            let excluded = try finished.filter { try Self.result(of: $0.member)?.learned == false }
            if excluded.count * 10 > members.count
                || (excluded.count == finished.count && finished.count == members.count)
            {
                return try await fail(job, try Self.diverged(excluded.count, of: members.count, in: job))
            }
            let isComplete = finished.count == members.count
            let usable = finished.count - excluded.count
            guard usable > 0, isComplete || usable > job.revisionMembers, reductions[id] == nil else { return }
            if !isComplete, let next = nextReduction[id], next > Date() { return }
            let keys = try finished.filter { try Self.result(of: $0.member)?.learned != false }
                .map { (index: $0.link.index, key: $0.member.key) }
            let count = excluded.count
            reductions[id] = Task {
                await self.reduce(job, members: keys, excluded: count, isComplete: isComplete)
            }
        } catch {
            logger.error("a job could not be brought up to date", metadata: ["job": "\(id)", "error": "\(error)"])
        }
    }

    private func fail(_ job: JobRecord, _ failure: Failure) async throws {
        let json = String(decoding: try CanonicalJSON.encode(failure), as: UTF8.self)
        if try await queue.finish(job.id, state: .failed, failure: json) {
            logger.warning("job failed", metadata: ["job": "\(job.id)", "reason": "\(failure.detail)"])
        }
        try await dropUnwanted()
    }

    private static func diverged(_ count: Int, of total: Int, in job: JobRecord) throws -> Failure {
        let settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
        let quarter = settings.training.learningRate / 4
        return Failure(
            code: "DID_NOT_LEARN",
            detail: """
                \(count) of \(total) members did not learn (their loss was not finite, or they were no better than \
                always naming the commonest class); try a quarter of the learning rate: {"training":{"learning_rate":\
                \(quarter)}}
                """
        )
    }

    static func result(of member: MemberRecord) throws -> MemberManifest.Result? {
        try member.result.map { try JSONDecoder().decode(MemberManifest.Result.self, from: Data($0.utf8)) }
    }

    /// Stops running members that no live job waits for.
    func dropUnwanted() async throws {
        for key in Array(runs.keys) where try await queue.liveJobs(waitingFor: key).isEmpty {
            runs[key]?.isUnwanted = true
            runs[key]?.launch?.stop()
        }
        shelf.sweep(keeping: try await queue.awaited())
        fill()
    }

    // MARK: Columns

    private func reduce(
        _ job: JobRecord,
        members: [(index: Int, key: String)],
        excluded: Int,
        isComplete: Bool
    ) async {
        let started = Date()
        do {
            try await reduceOnce(job, members: members, excluded: excluded, isComplete: isComplete)
        } catch {
            logger.error("columns could not be made", metadata: ["job": "\(job.id)", "error": "\(error)"])
            if isComplete, !isStopping {
                do {
                    try await fail(
                        job,
                        Failure(code: "REDUCTION_FAILED", detail: "the scores could not be computed: \(error)")
                    )
                } catch {
                    logger.error("the store refuses a write", metadata: ["error": "\(error)"])
                }
            }
        }
        reductions[job.id] = nil
        nextReduction[job.id] = isComplete ? nil : Date() + 30 * Date().timeIntervalSince(started)
        if !isComplete { await settle(job.id) }
    }

    private func reduceOnce(
        _ job: JobRecord,
        members: [(index: Int, key: String)],
        excluded: Int,
        isComplete: Bool
    ) async throws {
        // `reductions` names this one now, so nothing else publishes: the revision read here is the newest.
        guard let job = try await queue.job(job.id), job.state.isLive else { return }
        let settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
        guard let data = try await library.dataset(job.datasetId)?.manifest else {
            throw LibraryError.noDataset(job.datasetId)
        }
        let revision = job.revision + 1
        let output = folder.revision(job.id, revision)
        try folder.files.removeTree(output)
        try folder.files.createDirectory(output)
        let spec = "\(folder.job(job.id))/score-\(revision).json"
        let home = library.path(of: data)
        let request = ScoreSpec(
            datasetDirectory: home,
            labels: "\(home)/labels.npy",
            outputDirectory: output,
            members: members.map { .init(index: $0.index, directory: folder.member($0.key)) },
            membersTotal: settings.ensemble.memberCount,
            folds: settings.ensemble.folds,
            repeats: settings.ensemble.repeats,
            k: settings.probes.k,
            seed: settings.training.seed,
            epochs: settings.training.epochs,
            numClasses: data.classes.count,
            partial: !isComplete,
            membersExcluded: excluded
        )
        try folder.files.write(try CanonicalJSON.encode(request), to: spec)
        let problem = LastFailure()
        var exit = ChildExit.exited(0)
        for _ in 0..<3 where !folder.files.exists("\(output)/summary.json") && exit.mayRetry {
            exit = await score(job, spec: spec, problem: problem)
            // Stopped, by this process or with it: the job stays as it is and is looked at again.
            if isStopping || exit == .signalled(SIGTERM) { return }
        }
        guard folder.files.exists("\(output)/summary.json") else {
            throw ReductionError(detail: await problem.detail ?? "the reduction stopped before it was done: \(exit)")
        }
        try await queue.publish(revision, members: members.count, of: job.id, final: isComplete)
        logger.info(
            isComplete ? "job succeeded" : "partial scores",
            metadata: ["job": "\(job.id)", "revision": "\(revision)", "members": "\(members.count)"]
        )
        try folder.files.remove(spec)
        // A client may still be paging through the revision before this one.
        if revision > 2 { try folder.files.removeTree(folder.revision(job.id, revision - 2)) }
    }

    /// One run of `plumbline score`.
    private func score(_ job: JobRecord, spec: String, problem: LastFailure) async -> ChildExit {
        let launch = Launch(
            ChildTask(arguments: ["score", "--spec", spec], standardError: "\(folder.job(job.id))/score.log"),
            by: launcher,
            received: { message in await problem.take(message) }
        )
        reductionLaunches[job.id] = launch
        let exit = await launch.exit
        reductionLaunches[job.id] = nil
        return exit
    }

    // MARK: Looking

    /// Progress of the members that run now, by key.
    func progress() -> [String: MemberProgress] { runs.mapValues(\.progress) }

    /// Whether a job's columns are being made.
    func isReducing(_ id: String) -> Bool { reductions[id] != nil }

    /// Cores granted.
    nonisolated var slotCount: Int { slots }

    /// Keys of the members that run now.
    func runningKeys() -> Set<String> { Set(runs.keys) }

    /// Removes the folders of members and the job itself once their rows are gone.
    func removeFiles(ofJob id: String, orphans: [String]) async throws {
        // Before anything is awaited: a new job may ask for the same members in the meantime.
        for key in orphans where runs[key] == nil {
            if try await queue.member(key) == nil { try discard(key) }
        }
        if let reduction = reductions[id] {
            reductionLaunches[id]?.stop()
            await reduction.value
        }
        try folder.files.removeTree(folder.job(id))
    }
}
