import Foundation
public import Tasks

/// A job as users see it, apart from what its columns say.
public struct JobSummary: Sendable {
    /// Members by state.
    public struct MemberCounts: Sendable {
        /// M.
        public var total = 0
        /// Finished, excluded ones among them.
        public var succeeded = 0
        /// Being trained.
        public var running = 0
        /// Waiting.
        public var queued = 0
        /// Given up.
        public var failed = 0
        /// Finished before the job was submitted.
        public var reused = 0
        /// Finished without having learned: left out of every score.
        public var excluded = 0
    }

    /// Its id.
    public var id: String
    /// The analysis.
    public var kind: String
    /// Its name.
    public var name: String
    /// Where it stands.
    public var state: JobState
    /// Why it stopped before its plan was done.
    public var stopReason: String?
    /// What went wrong, if it failed.
    public var failure: Failure?
    /// Its datasets in the order of its kind's roles.
    public var datasets: [(role: DatasetRole, dataset: DatasetSummary)]
    /// What it runs with, canonical JSON of its kind's settings; nil while it waits for its datasets to be read, on which
    /// the defaults depend.
    public var settings: [UInt8]?
    /// Its members by state.
    public var members: MemberCounts
    /// `dataset` (waits for its datasets to be read), `members`, `scores` or `done`.
    public var phase: String
    /// Share of the whole that is done.
    public var fraction: Double
    /// Seconds to go, where that can be told.
    public var etaSeconds: Double?
    /// Live jobs before this one, while it is queued.
    public var queuePosition: Int?
    /// The newest complete revision of its columns; 0 before the first.
    public var revision: Int
    /// How many members that revision rests on.
    public var revisionMembers: Int
    /// When it was submitted.
    public var createdAt: Date
    /// When its first member started.
    public var startedAt: Date?
    /// When it reached a final state.
    public var finishedAt: Date?
    /// The job of fewer repeats that it goes on from; that one may have been removed since.
    public var extends: String?
    /// Higher comes first; see `JobPriority`.
    public var priority: Int
    /// What it may cost; nil where it goes to the end of its plan.
    public var budget: JobBudget?
    /// Why none of its members starts at present: the disk is nearly full.
    public var shortage: DiskRoom.Shortage?

    /// Whether its results do not yet rest on all members.
    public var isPartial: Bool { state != .succeeded }

    /// The dataset that it is listed under; nil where its kind has none.
    public var dataset: DatasetSummary? { datasets.first?.dataset }

    /// What it runs with, as its kind reads it.
    public func settings<Settings: Decodable>(as type: Settings.Type) throws -> Settings? {
        try settings.map { try JSONDecoder().decode(type, from: Data($0)) }
    }

    /// Its datasets, all of which have been read: those that it has settings for.
    ///
    /// - Throws: `ExperimentError.datasetNotReady`
    public func data(in folder: DataFolder) throws -> JobData {
        JobData(
            try Dictionary(uniqueKeysWithValues: datasets.map { ($0.role, try $0.dataset.ready(in: folder)) })
        )
    }
}

/// A member of a job as users see it.
public struct MemberSummary: Sendable {
    /// Its place in the plan.
    public var index: Int
    /// Its key; equal keys, equal evidence.
    public var key: String
    /// `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    public var state: String
    /// Starts so far.
    public var attempt: Int
    /// Whether it was finished before the job was submitted.
    public var reused: Bool
    /// Why it failed, or did not learn.
    public var reason: String?
    /// What came out of it: JSON of a `TaskResult` and what its kind adds.
    public var result: [UInt8]?
    /// Whether it is done and left out of every result.
    public var isExcluded: Bool
    /// Where it stands, while it runs.
    public var progress: TaskProgress?
    /// When its last start was.
    public var startedAt: Date?
    /// When it ended.
    public var finishedAt: Date?
}

/// Where a running member stands.
public struct TaskProgress: Sendable {
    /// What it is doing, such as `load`, `train` or `probe`.
    public var phase = "load"
    /// Share of the whole that is done.
    public var fraction = 0.0
    /// What else its worker said, by name: of each the newest.
    public var values: [String: JSON] = [:]
    /// When it started.
    public var startedAt = Date()

    /// Whether a checkpoint of an earlier attempt spared it something.
    var isResumed: Bool { values["resumed_from_epoch"] != nil }

    mutating func take(_ line: ChildLine) {
        phase = line.phase ?? phase
        fraction = max(fraction, min(1, line.fraction ?? fraction))
        if case .object(let fields) = line.values {
            for (name, value) in fields { values[name] = value }
        }
    }
}
