import Datasets
import Files
import Foundation
import Logging

extension Experiments {
    /// Submits a job. On a data set that is still being read it waits in the queue, without settings or members, until
    /// that is done.
    ///
    /// - Parameters:
    ///   - request: what is asked for
    ///   - key: the client's name for the request: a repeat finds the first one's job
    /// - Throws: `ExperimentError` where the data set is unknown or could not be read, the queue is full, or the key was
    ///   used for something else; `SettingsError` where a field is wrong
    public func submit(_ request: JobRequest, key: IdempotencyKey? = nil) async throws -> JobSummary {
        try await whole { [self] in
            // Before anything that may have changed since: the first request was accepted as it was.
            if let key, let first = try await queue.replayed(key) { return try await summary(of: first) }
            guard let dataset = try await library.dataset(request.dataset) else {
                throw ExperimentError.noDataset(request.dataset)
            }
            return try await submit(request, to: dataset, key: key)
        }
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

    private func submit(_ request: JobRequest, to dataset: DatasetSummary, key: IdempotencyKey?) async throws
        -> JobSummary
    {
        var job = JobRecord(
            id: Identifier.make("job"),
            kind: "difficulty",
            name: request.name ?? dataset.name,
            state: .queued,
            datasetId: dataset.id,
            settings: "",
            revision: 0,
            revisionMembers: 0,
            createdAt: Date().timeIntervalSince1970,
            priority: request.priority ?? 0,
            maxSeconds: request.budget?.maxSeconds,
            maxMembers: request.budget?.maxMembers
        )
        try room.require(0)
        var plans: [PlannedMember] = []
        switch dataset.state {
        case .failed: throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
        case .ready:
            plans = try resolve(request, &job, on: dataset)
            try await checkDisk(for: job, plans: plans, on: dataset)
        case .ingesting:
            try checkModel(of: request)
            job.request = String(decoding: try CanonicalJSON.encode(request), as: UTF8.self)
        }
        let stored = try await queue.submit(job, plans: plans, key: key, limit: queueLimit, isWhole: isWhole)
        if stored.request == nil, let token = request.log { discardLog(token) }
        if stored.request != nil {
            // The data set may have become ready since it was looked at.
            await admit(waitingFor: stored.datasetId)
        } else if stored.id == job.id {
            await scheduler.settle(stored.id)
            await scheduler.fill()
        }
        return try await summary(of: try await queue.job(stored.id) ?? stored)
    }

    /// The one thing that can be judged without the data.
    private func checkModel(of request: JobRequest) throws {
        guard let name = request.model, name != "auto", catalog.entry(named: name) == nil else { return }
        let known = catalog.entries.map(\.name).joined(separator: ", ")
        throw SettingsError(
            issues: [.init(pointer: "/model", detail: "unknown model \"\(name)\"; there are auto, \(known)")]
        )
    }

    /// Fills in a job's settings and plans its members.
    private func resolve(
        _ request: JobRequest,
        _ job: inout JobRecord,
        on dataset: DatasetSummary
    ) throws -> [PlannedMember] {
        guard let data = dataset.manifest else {
            throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
        }
        job.datasetId = dataset.id
        if let token = request.log { return try importedMembers(token, &job, on: data) }
        return try plans(try JobSettings.resolve(request, for: data, catalog: catalog), &job, on: data)
    }

    /// Stores settings in a job and plans its members.
    func plans(
        _ settings: JobSettings,
        _ job: inout JobRecord,
        on data: DatasetManifest
    ) throws -> [PlannedMember] {
        job.settings = String(decoding: try CanonicalJSON.encode(settings), as: UTF8.self)
        return try memberPlans(settings, on: data).map { plan in
            PlannedMember(
                key: try plan.probeKey(),
                plan: String(decoding: try CanonicalJSON.encode(plan), as: UTF8.self)
            )
        }
    }

    /// What of a data set, with the labels that a job plants, decides its members' bits.
    func identity(of data: DatasetManifest, settings: JobSettings) throws -> DatasetIdentity {
        func digest(_ name: String) throws -> String {
            guard let digest = data.files[name]?.sha256 else { throw ExperimentError.noFile(name) }
            return digest
        }
        let planted = try PlantedLabels(settings, on: data, in: library.path(of: data))
        return DatasetIdentity(
            features: try digest("examples.npy"),
            labels: try planted?.digest ?? digest("labels.npy"),
            testMask: try digest("split.npy"),
            numClasses: data.classes.count
        )
    }

    /// All members of a job, in order.
    func memberPlans(_ settings: JobSettings, on data: DatasetManifest) throws -> [MemberPlan] {
        let identity = try identity(of: data, settings: settings)
        let thresholds = try ThresholdSamples(settings, on: data, in: library.path(of: data))
        return (0..<settings.ensemble.memberCount).map { index in
            MemberPlan(
                engine: catalog.engine,
                threads: threadsPerWorker,
                data: thresholds?.identity(identity, run: index) ?? identity,
                settings: settings,
                index: index
            )
        }
    }

    /// Stores a job that goes on from another one and starts what can be started.
    func enqueue(
        _ settings: JobSettings,
        _ dataset: DatasetSummary,
        _ data: DatasetManifest,
        extending first: JobSummary,
        priority: Int,
        budget: JobBudget?,
        key: IdempotencyKey?
    ) async throws -> JobSummary {
        var job = JobRecord(
            id: Identifier.make("job"),
            kind: "difficulty",
            name: first.name,
            state: .queued,
            datasetId: dataset.id,
            settings: "",
            revision: 0,
            revisionMembers: 0,
            createdAt: Date().timeIntervalSince1970,
            extends: first.id,
            priority: priority,
            maxSeconds: budget?.maxSeconds,
            maxMembers: budget?.maxMembers
        )
        if let key, let first = try await replayed(key) { return first }
        let plans = try plans(settings, &job, on: data)
        try await checkDisk(for: job, plans: plans, on: dataset)
        let stored = try await queue.submit(job, plans: plans, key: key, limit: queueLimit, isWhole: isWhole)
        await scheduler.settle(stored.id)
        await scheduler.fill()
        return try await summary(of: try await queue.job(stored.id) ?? stored)
    }

    /// Stores a job of another kind, whose members were planned already, and starts what can be started.
    func enqueue(
        _ settings: JobSettings,
        _ plans: [PlannedMember],
        kind: String,
        name: String,
        _ dataset: DatasetSummary,
        key: IdempotencyKey?
    ) async throws -> JobSummary {
        let job = JobRecord(
            id: Identifier.make("job"),
            kind: kind,
            name: name,
            state: .queued,
            datasetId: dataset.id,
            settings: String(decoding: try CanonicalJSON.encode(settings), as: UTF8.self),
            revision: 0,
            revisionMembers: 0,
            createdAt: Date().timeIntervalSince1970
        )
        if let key, let first = try await replayed(key) { return first }
        try await checkDisk(for: job, plans: plans, on: dataset)
        let stored = try await queue.submit(job, plans: plans, key: key, limit: queueLimit, isWhole: isWhole)
        await scheduler.settle(stored.id)
        await scheduler.fill()
        return try await summary(of: try await queue.job(stored.id) ?? stored)
    }

    /// Refuses a job whose members would not leave the disk enough room.
    ///
    /// - Throws: `ExperimentError.noRoom`
    private func checkDisk(
        for job: JobRecord,
        plans: [PlannedMember],
        on dataset: DatasetSummary
    ) async throws {
        guard let data = dataset.manifest else { return }
        let settings = try JSONDecoder().decode(JobSettings.self, from: Data(job.settings.utf8))
        let wanted = plans.prefix(job.maxMembers ?? plans.count).map(\.key)
        let finished = try await queue.finished(among: wanted).filter(isWhole)
        let footprint = Footprint(settings, on: data, probes: settings.probes.k == 0 ? 0 : probeCount(of: settings))
        try room.require(footprint.jobBytes(members: wanted.count - finished.count, workers: scheduler.slotCount))
    }

    /// Whether the evidence of a finished member is really there.
    var isWhole: @Sendable (String) -> Bool {
        { [folder] key in folder.files.exists("\(folder.member(key))/manifest.json") }
    }

    // MARK: Jobs that wait for their data set

    /// Starts the jobs that waited for a data set, or fails them with its error. Does nothing while it is being read.
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
        for id in Set(try await queue.waiting(for: nil).map(\.datasetId)) { await admit(waitingFor: id) }
    }

    private func admit(_ waiting: JobRecord) async throws {
        var job = waiting
        guard let dataset = try await library.dataset(job.datasetId), let text = job.request else { return }
        let failure: Failure
        switch dataset.state {
        case .ingesting: return
        case .failed:
            failure =
                dataset.failure
                ?? Failure(code: "INGEST_FAILED", detail: "the data set \(dataset.id) could not be read")
        case .ready:
            do {
                let request = try JSONDecoder().decode(JobRequest.self, from: Data(text.utf8))
                let plans = try resolve(request, &job, on: dataset)
                try await queue.admit(job, plans: plans, isWhole: isWhole)
                if let token = request.log { discardLog(token) }
                await scheduler.settle(job.id)
                return await scheduler.fill()
            } catch let error as LogEvidenceError {
                failure = Failure(code: "INGEST_FAILED", detail: "\(error)")
            } catch let error as SettingsError {
                failure = Failure(
                    code: "INVALID_PARAMETER_VALUE",
                    detail: error.issues.map { "\($0.pointer): \($0.detail)" }.joined(separator: "; "),
                    errors: error.issues.map { .init(pointer: $0.pointer, detail: $0.detail) }
                )
            }
        }
        let json = String(decoding: try CanonicalJSON.encode(failure), as: UTF8.self)
        if try await queue.finish(job.id, state: .failed, failure: json) {
            logger.warning("job failed", metadata: ["job": "\(job.id)", "reason": "\(failure.detail)"])
        }
    }
}
