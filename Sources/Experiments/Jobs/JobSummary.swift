import Foundation

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
    /// The data set.
    public var dataset: DatasetSummary
    /// What it runs with; nil while it waits for its data set to be read, on which the defaults depend.
    public var settings: JobSettings?
    /// Its members by state.
    public var members: MemberCounts
    /// `dataset` (waits for it to be read), `members`, `scores` or `done`.
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
    /// The repeat, or the run of random subsets, that it belongs to.
    public var repeatIndex: Int
    /// The fold it holds out; of random subsets the place of its train ratio.
    public var fold: Int
    /// The split plan.
    public var plan: EnsemblePlan
    /// The share of the examples that it trains on, of random subsets.
    public var trainRatio: Double?
    /// Of a verification of pruning: what it trains on (`full`, `kept` or `random`), and the share of the candidates that
    /// stays.
    public var set: (name: String, keep: Double)?
    /// Why it failed, or did not learn.
    public var reason: String?
    /// What came out of the training run.
    public var result: MemberManifest.Result?
    /// Where it stands, while it runs.
    public var progress: MemberProgress?
    /// When its last start was.
    public var startedAt: Date?
    /// When it ended.
    public var finishedAt: Date?
}

/// Where a running member stands.
public struct MemberProgress: Sendable {
    /// `load`, `train` or `probe`.
    public var phase = "load"
    /// The epoch it is in, 1-based.
    public var epoch: Int?
    /// T.
    public var epochs: Int?
    /// Share of the whole that is done.
    public var fraction = 0.0
    /// Accuracy of the last epoch's observations of the training set.
    public var trainAccuracy: Double?
    /// Held-out accuracy after the last epoch.
    public var heldoutAccuracy: Double?
    /// Epochs that the checkpoint of an earlier attempt spared it; nil where it began anew.
    public var resumedFromEpoch: Int?
    /// When it started.
    public var startedAt = Date()

    mutating func take(_ message: ChildMessage) {
        phase = message.phase ?? phase
        epoch = message.epoch ?? epoch
        epochs = message.epochs ?? epochs
        fraction = max(fraction, min(1, message.fraction ?? fraction))
        trainAccuracy = message.trainAccuracy ?? trainAccuracy
        heldoutAccuracy = message.heldoutAccuracy ?? heldoutAccuracy
        resumedFromEpoch = message.resumedFromEpoch ?? resumedFromEpoch
    }
}
