import Experiments
import Tasks

/// What a dry run answers: the job that would be, and what it would cost.
public struct JobEstimate: Sendable {
    /// The dataset.
    public var dataset: DatasetSummary
    /// The job's name.
    public var name: String
    /// What it would run with.
    public var settings: DifficultySettings
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

extension DifficultyKind {
    /// What a job would cost. Nothing is stored, and no member is trained: a child takes a few steps and forgets them.
    ///
    /// - Throws: `ExperimentError.datasetNotReady` while the dataset is being read, whose shape decides the cost; what
    ///   `Experiments.submit(_:key:)` throws for a wrong request; `ExperimentError.calibrationFailed`
    public func estimate(_ order: JobOrder, by experiments: Experiments) async throws -> JobEstimate {
        try await experiments.whole {
            let (draft, datasets) = try await experiments.draft(order)
            let settings = try DifficultySettings(draft.settings)
            let dataset = datasets[0].dataset
            let data = try dataset.ready(in: experiments.folder)
            let tasks = Array(draft.tasks.prefix(order.budget?.maxMembers ?? .max))
            let missing = try await experiments.missing(tasks)
            var calibration: Calibration?
            // Of random subsets one that trains on most: its batches are whole, and it takes the most memory.
            if let task = try missing.max(by: { try Self.trainRatio($0) < Self.trainRatio($1) }) {
                let told = try await experiments.calibrator.measure(
                    task,
                    of: self,
                    on: JobData([.data: data]),
                    lanes: min(experiments.slotCount, missing.count)
                )
                calibration = Self.mean(try told.map { try $0.decode() }, threads: members.threads)
            }
            return JobEstimate(
                dataset: dataset,
                name: order.name ?? dataset.name,
                settings: settings,
                priority: order.priority,
                budget: order.budget,
                membersTotal: tasks.count,
                membersReused: tasks.count - missing.count,
                jobsBefore: try await experiments.jobsBefore(priority: order.priority),
                cost: JobCost(
                    settings,
                    on: data.manifest,
                    members: missing.count,
                    of: tasks.count,
                    slots: experiments.slotCount,
                    calibration: calibration
                ),
                calibration: calibration
            )
        }
    }

    private static func trainRatio(_ task: DraftTask) throws -> Double {
        let plan: MemberPlan = try JSON.raw(Array(task.plan.utf8)).decode()
        return plan.trainRatio ?? 0
    }

    /// Times are processor time. A network's threads share its products; what else there is, the first of them does.
    private static func mean(_ all: [Calibration], threads: Int) -> Calibration {
        func mean(_ value: (Calibration) -> Double) -> Double { all.reduce(0) { $0 + value($1) } / Double(all.count) }
        var result = all[0]
        result.startSeconds = mean(\.startSeconds)
        result.trainSeconds = mean(\.trainSeconds) / Double(threads)
        result.evaluateSeconds = mean(\.evaluateSeconds) / Double(threads)
        result.backboneSeconds = all[0].backboneSeconds.map { _ in mean { $0.backboneSeconds ?? 0 } }
        result.fileSeconds = mean(\.fileSeconds)
        result.probes.embedSeconds = mean(\.probes.embedSeconds) / Double(threads)
        result.probes.searchSeconds = mean(\.probes.searchSeconds)
        return result
    }
}
