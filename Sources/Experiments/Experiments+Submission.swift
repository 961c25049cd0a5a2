import Datasets
import Files
import Foundation
import Logging
import Tasks

extension Experiments {
    /// Submits a job. On datasets of which one is still being read it waits in the queue, without settings or members, until
    /// that is done.
    ///
    /// - Parameters:
    ///   - order: what is asked for
    ///   - key: the client's name for the request: a repeat finds the first one's job
    /// - Throws: `ExperimentError` where a dataset is unknown or could not be read, the queue is full, or the key was used for
    ///   something else; `SettingsError` where a field is wrong; `Failure` where the kind cannot use what it needs
    public func submit(_ order: JobOrder, key: IdempotencyKey? = nil) async throws -> JobSummary {
        try await whole { [self] in
            // Before anything that may have changed since: the first request was accepted as it was.
            if let key, let first = try await queue.replayed(key) { return try await summary(of: first) }
            let kind = try kinds.require(order.kind)
            let datasets = try await datasets(of: order, kind)
            var job = record(of: order, on: datasets)
            try await requireRoom(0)
            var tasks: [DraftTask] = []
            if let failed = datasets.first(where: { $0.dataset.state == .failed })?.dataset {
                throw ExperimentError.datasetNotReady(failed.id, failed.state, failed.failure)
            }
            if datasets.contains(where: { $0.dataset.state == .ingesting }) {
                try kind.check(order.request)
                job.request = String(decoding: order.request, as: UTF8.self)
            } else {
                let draft = try await draft(order.request, of: kind, on: datasets)
                job.settings = String(decoding: draft.settings, as: UTF8.self)
                tasks = draft.tasks
                try await checkDisk(for: job, draft, of: kind, on: datasets)
            }
            let stored = try await store(job, on: datasets, tasks, key: key)
            if job.request == nil { for name in try kind.evidence(of: order.request) { await discardEvidence(name) } }
            return stored
        }
    }

    /// Submits a job that its kind has drafted already.
    ///
    /// - Parameters:
    ///   - draft: its settings and tasks
    ///   - order: all else; its request does not matter
    ///   - extends: the job that it goes on from
    ///   - key: the client's name for the request
    /// - Throws: what `submit(_:key:)` throws
    public func submit(
        _ draft: JobDraft,
        as order: JobOrder,
        extending extends: String? = nil,
        key: IdempotencyKey? = nil
    ) async throws -> JobSummary {
        try await whole { [self] in
            if let key, let first = try await replayed(key) { return first }
            let kind = try kinds.require(order.kind)
            let datasets = try await datasets(of: order, kind)
            var job = record(of: order, on: datasets)
            job.extends = extends
            job.settings = String(decoding: draft.settings, as: UTF8.self)
            try await checkDisk(for: job, draft, of: kind, on: datasets)
            return try await store(job, on: datasets, draft.tasks, key: key)
        }
    }

    /// What a request would become. Nothing is stored.
    ///
    /// - Throws: `ExperimentError.datasetNotReady` while a dataset is being read, and what `submit(_:key:)` throws
    public func draft(_ order: JobOrder) async throws -> (
        draft: JobDraft, datasets: [(role: DatasetRole, dataset: DatasetSummary)]
    ) {
        let kind = try kinds.require(order.kind)
        let datasets = try await datasets(of: order, kind)
        return (try await draft(order.request, of: kind, on: datasets), datasets)
    }

    /// The job that an earlier request of the same key made; nil where there was none.
    ///
    /// - Throws: `ExperimentError` where that request asked for something else or its job was removed
    public func replayed(_ key: IdempotencyKey) async throws -> JobSummary? {
        guard let record = try await queue.replayed(key) else { return nil }
        return try await summary(of: record)
    }

    /// Whether one more job would be refused: worth asking before an upload is read.
    ///
    /// - Throws: `ExperimentError.queueFull`
    public func checkRoom() async throws {
        guard try await queue.liveCount() < queueLimit else { throw ExperimentError.queueFull(queueLimit) }
    }

    /// Those of some tasks that are not there yet.
    public func missing(_ tasks: [DraftTask]) async throws -> [DraftTask] {
        let finished = try await queue.finished(among: tasks.map(\.key)).filter(isWhole)
        return tasks.filter { !finished.contains($0.key) }
    }

    /// Live jobs whose turn is before that of a job submitted now.
    public func jobsBefore(priority: Int) async throws -> Int { try await queue.jobsBefore(priority: priority) }

    /// Does work that reads or draws a lot, such as a draft, away from the threads that answer requests.
    public func drafting<T: Sendable>(_ work: @Sendable () throws -> T) async throws -> T { try await disk.run(work) }

    /// Refuses what would leave less of the disk free than is to be kept.
    ///
    /// - Parameter bytes: that are to be written
    /// - Throws: `ExperimentError.noRoom`
    public func requireRoom(_ bytes: Int) async throws { try await disk.run { [room] in try room.require(bytes) } }

    // MARK: Steps

    private func record(
        of order: JobOrder,
        on datasets: [(role: DatasetRole, dataset: DatasetSummary)]
    ) -> JobRecord {
        JobRecord(
            id: Identifier.make("job"),
            kind: order.kind,
            name: order.name ?? datasets.first?.dataset.name ?? order.kind,
            state: .queued,
            settings: "",
            revision: 0,
            revisionMembers: 0,
            createdAt: Date().timeIntervalSince1970,
            priority: order.priority,
            maxSeconds: order.budget?.maxSeconds,
            maxMembers: order.budget?.maxMembers
        )
    }

    /// The datasets of a request, in the order of its kind's roles.
    private func datasets(
        of order: JobOrder,
        _ kind: any JobKind
    ) async throws -> [(role: DatasetRole, dataset: DatasetSummary)] {
        var datasets: [(role: DatasetRole, dataset: DatasetSummary)] = []
        for role in kind.roles {
            guard let name = order.datasets[role], let dataset = try await library.dataset(name) else {
                throw ExperimentError.noDataset(order.datasets[role] ?? "in the role \(role.rawValue)")
            }
            datasets.append((role, dataset))
        }
        return datasets
    }

    private func data(_ datasets: [(role: DatasetRole, dataset: DatasetSummary)]) throws -> JobData {
        JobData(try Dictionary(uniqueKeysWithValues: datasets.map { ($0.role, try $0.dataset.ready(in: folder)) }))
    }

    private func draft(
        _ request: [UInt8],
        of kind: any JobKind,
        on datasets: [(role: DatasetRole, dataset: DatasetSummary)]
    ) async throws -> JobDraft {
        let data = try data(datasets)
        if let machine = kind.machine {
            let subjects = try await disk.run { kind.subjects(of: request, on: data).filter(machine.isOpen) }
            await machine.measure(subjects, by: scheduler.launcher, logger)
        }
        return try await disk.run { [folder] in try kind.draft(request, on: data, in: folder) }
    }

    private func store(
        _ job: JobRecord,
        on datasets: [(role: DatasetRole, dataset: DatasetSummary)],
        _ tasks: [DraftTask],
        key: IdempotencyKey?
    ) async throws -> JobSummary {
        let stored = try await queue.submit(
            job,
            on: Dictionary(uniqueKeysWithValues: datasets.map { ($0.role, $0.dataset.id) }),
            tasks: tasks,
            key: key,
            limit: queueLimit,
            isWhole: isWhole
        )
        if stored.request != nil {
            // A dataset may have become ready since it was looked at.
            for (_, dataset) in datasets { await admit(waitingFor: dataset.id) }
        } else if stored.id == job.id {
            await scheduler.settle(stored.id)
            await scheduler.fill()
        }
        return try await summary(of: try await queue.job(stored.id) ?? stored)
    }

    /// Refuses a job whose members would not leave the disk enough room.
    ///
    /// - Throws: `ExperimentError.noRoom`
    private func checkDisk(
        for job: JobRecord,
        _ draft: JobDraft,
        of kind: any JobKind,
        on datasets: [(role: DatasetRole, dataset: DatasetSummary)]
    ) async throws {
        let wanted = Array(draft.tasks.prefix(job.maxMembers ?? draft.tasks.count))
        let footprint = try kind.footprint(draft.settings, on: try data(datasets))
        let bytes = footprint.jobBytes(tasks: try await missing(wanted).count, workers: scheduler.slotCount)
        try await requireRoom(bytes)
    }

    /// Whether the evidence of a finished member is really there.
    var isWhole: @Sendable (String) -> Bool {
        { [folder] key in folder.files.exists("\(folder.member(key))/\(TaskFolder.manifestName)") }
    }

    // MARK: Jobs that wait for their datasets

    /// Starts the jobs that waited for a dataset, or fails them with its error. Does nothing while one is being read.
    func admit(waitingFor id: String) async {
        do {
            for job in try await queue.waiting(for: id) { try await admit(job) }
        } catch {
            logger.error("a job that waits could not be started", metadata: ["dataset": "\(id)", "error": "\(error)"])
            // The store refuses, on a full disk for example.
            Task { [weak self] in
                try? await Task.sleep(for: .seconds(30))
                await self?.admit(waitingFor: id)
            }
        }
    }

    /// All of them, after a start.
    func admitWaiting() async throws {
        for job in try await queue.waiting(for: nil) {
            for (_, id) in try await queue.datasets(of: [job.id])[job.id] ?? [:] { await admit(waitingFor: id) }
        }
    }

    private func admit(_ waiting: JobRecord) async throws {
        var job = waiting
        guard let text = job.request else { return }
        let request = Array(text.utf8)
        do {
            guard let kind = kinds[job.kind] else {
                throw Failure(code: "UNKNOWN_KIND", detail: "\(UnknownKindError(name: job.kind))")
            }
            let ids = try await queue.datasets(of: [job.id])[job.id] ?? [:]
            let order = JobOrder(kind: job.kind, datasets: ids, request: request)
            let datasets = try await datasets(of: order, kind)
            if let failed = datasets.first(where: { $0.dataset.state == .failed })?.dataset {
                throw failed.failure
                    ?? Failure(code: "INGEST_FAILED", detail: "the dataset \(failed.id) could not be read")
            }
            guard datasets.allSatisfy({ $0.dataset.state == .ready }) else { return }
            let draft = try await draft(request, of: kind, on: datasets)
            job.settings = String(decoding: draft.settings, as: UTF8.self)
            try await queue.admit(
                job,
                on: Dictionary(uniqueKeysWithValues: datasets.map { ($0.role, $0.dataset.id) }),
                tasks: draft.tasks,
                isWhole: isWhole
            )
            for name in try kind.evidence(of: request) { await discardEvidence(name) }
            await scheduler.settle(job.id)
            await scheduler.fill()
        } catch let failure as Failure {
            try await fail(job, failure)
        } catch let error as SettingsError {
            try await fail(job, Failure(error))
        }
    }

    private func fail(_ job: JobRecord, _ failure: Failure) async throws {
        if try await queue.finish(job.id, state: .failed, failure: try CanonicalJSON.text(failure)) {
            logger.warning("job failed", metadata: ["job": "\(job.id)", "reason": "\(failure.detail)"])
        }
    }

    /// Removes evidence that a job has taken. What cannot be removed now goes at the next start.
    public func discardEvidence(_ name: String) async {
        do {
            try await disk.run { [folder] in try folder.files.removeTree(folder.evidence(name)) }
        } catch {
            logger.warning("evidence that was sent in could not be removed", metadata: ["error": "\(error)"])
        }
    }
}

extension Failure {
    /// A job whose settings are wrong.
    init(_ error: SettingsError) {
        self.init(
            code: "INVALID_PARAMETER_VALUE",
            detail: error.issues.map { "\($0.pointer): \($0.detail)" }.joined(separator: "; "),
            errors: error.issues.map { .init(pointer: $0.pointer, detail: $0.detail) }
        )
    }
}
