import GRDB

/// What a dry run answers: the job that would be, and what it would cost.
public struct JobEstimate: Sendable {
    /// The data set.
    public var dataset: DatasetSummary
    /// The job's name.
    public var name: String
    /// What it would run with.
    public var settings: JobSettings
    /// Its priority.
    public var priority: Int
    /// What it may cost.
    public var budget: JobBudget?
    /// All its members.
    public var membersTotal: Int
    /// Those of them that are there already.
    public var membersReused: Int
    /// Jobs whose turn is before it.
    public var jobsBefore: Int
    /// What the rest would cost.
    public var cost: JobCost
    /// What was measured; nil where there is nothing to train.
    public var calibration: Calibration?

    /// Seconds from its first member to the result; a budget ends it earlier.
    public var seconds: Double { min(cost.seconds, budget?.maxSeconds ?? .infinity) }
}

extension Experiments {
    /// What a job would cost. Nothing is stored, and no member is trained: a child takes a few steps and forgets them.
    ///
    /// - Throws: `ExperimentError.datasetNotReady` while the data set is being read, whose shape decides the cost; what
    ///   `submit(_:key:)` throws for a wrong request; `ExperimentError.calibrationFailed`
    public func estimate(_ request: JobRequest) async throws -> JobEstimate {
        try await whole { [self] in
            guard let dataset = try await library.dataset(request.dataset) else {
                throw ExperimentError.noDataset(request.dataset)
            }
            guard dataset.state == .ready, let data = dataset.manifest else {
                throw ExperimentError.datasetNotReady(dataset.id, dataset.state, dataset.failure)
            }
            let settings = try JobSettings.resolve(request, for: data, catalog: catalog)
            let plans = try memberPlans(settings, on: data).prefix(request.budget?.maxMembers ?? .max)
            let finished = try await queue.finished(among: plans.map { try $0.probeKey() }).filter(isWhole)
            let missing = try plans.filter { !finished.contains(try $0.probeKey()) }
            var calibration: Calibration?
            // Of random subsets one that trains on most: its batches are whole, and it takes the most memory.
            if let plan = missing.max(by: { ($0.trainRatio ?? 0) < ($1.trainRatio ?? 0) }) {
                let lanes = min(scheduler.slotCount, missing.count)
                calibration = try await calibrator.measure(plan, on: data, lanes: lanes)
            }
            let priority = request.priority ?? 0
            return JobEstimate(
                dataset: dataset,
                name: request.name ?? dataset.name,
                settings: settings,
                priority: priority,
                budget: request.budget,
                membersTotal: plans.count,
                membersReused: plans.count - missing.count,
                jobsBefore: try await queue.jobsBefore(priority: priority),
                cost: JobCost(
                    settings,
                    on: data,
                    members: missing.count,
                    of: plans.count,
                    slots: scheduler.slotCount,
                    calibration: calibration
                ),
                calibration: calibration
            )
        }
    }
}

extension JobQueue {
    /// Those of some members whose evidence the store knows.
    func finished(among keys: [String]) async throws -> Set<String> {
        try await store.pool.read { database in
            Set(
                try keys.filter { key in try MemberRecord.fetchOne(database, key: key)?.state == .succeeded }
            )
        }
    }

    /// Live jobs whose turn is before that of a job submitted now.
    func jobsBefore(priority: Int) async throws -> Int {
        try await store.pool.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND turn <= ? - 3600.0 * ?",
                arguments: [Self.now, priority]
            ) ?? 0
        }
    }
}
