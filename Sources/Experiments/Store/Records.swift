import GRDB
public import Tasks

/// Seconds since 1970: what the store keeps as times.
typealias Timestamp = Double

/// A problem that ended an upload or a job, as users see it.
public struct Failure: Error, Codable, Hashable, Sendable {
    /// One place where it went wrong.
    public typealias Place = FailurePlace

    /// A stable code, such as `BAD_ARCHIVE`.
    public var code: String
    /// One plain sentence.
    public var detail: String
    /// The places, where there are any.
    public var errors: [Place]?

    /// - Parameters:
    ///   - code: a stable code
    ///   - detail: one plain sentence
    ///   - errors: the places
    public init(code: String, detail: String, errors: [Place]? = nil) {
        self.code = code
        self.detail = detail
        self.errors = errors
    }
}

/// A row of table `dataset`.
struct DatasetRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "dataset"

    typealias State = DatasetSummary.State

    var id: String
    var name: String
    var state: State
    /// SHA-256 of the uploaded bytes and of the options they were sent with.
    var uploadDigest: String
    /// Canonical JSON of the options, for a restart in the middle of parsing.
    var options: String
    /// SHA-256 of what was parsed; null until then.
    var digest: String?
    /// The dataset that this upload turned out to repeat.
    var aliasOf: String?
    var manifest: String?
    var failure: String?
    var createdAt: Timestamp
}

/// A row of table `dataset_name`: the same data may have been sent under several names.
struct DatasetNameRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "dataset_name"

    var name: String
    var datasetId: String
    var createdAt: Timestamp
}

/// A row of table `job`.
struct JobRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "job"

    var id: String
    var kind: String
    var name: String
    var state: JobState
    var stopReason: String?
    var failure: String?
    /// Canonical JSON of its kind's settings; empty while the job waits for its datasets.
    var settings: String
    /// The newest complete revision of its columns; 0 before the first.
    var revision: Int
    /// How many members that revision rests on.
    var revisionMembers: Int
    var createdAt: Timestamp
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    /// Canonical JSON of the request to its kind, as long as the job waits for its datasets.
    var request: String?
    /// The job of fewer repeats that this one goes on from.
    var extends: String?
    /// Higher comes first; see `JobPriority`.
    var priority = 0
    /// Seconds after which it ends with what there is.
    var maxSeconds: Double?
    /// Members that it may have.
    var maxMembers: Int?
    /// When its seconds began to count: with its first member.
    var budgetSince: Timestamp?

    /// What it may cost.
    var budget: JobBudget? { JobBudget(maxSeconds: maxSeconds, maxMembers: maxMembers) }

    /// Its settings as its kind reads them.
    var settingsBytes: [UInt8] { Array(settings.utf8) }
}

/// A job's state. `succeeded`, `failed` and `cancelled` are final.
public enum JobState: String, Codable, Sendable, CaseIterable {
    /// No member has started.
    case queued
    /// Members run, or their evidence is being reduced.
    case running
    /// All is done.
    case succeeded
    /// It cannot be finished; see its error.
    case failed
    /// A user stopped it.
    case cancelled

    /// Whether it is still to be worked on.
    public var isLive: Bool { self == .queued || self == .running }
}

/// A row of table `job_dataset`.
struct JobDatasetRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "job_dataset"

    var jobId: String
    var role: DatasetRole
    var datasetId: String
}

/// A row of table `member`: a task, shared by every job that asks for its key.
struct MemberRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "member"

    enum State: String, Codable, Sendable { case queued, running, succeeded, failed }

    var key: String
    /// The kind of job that knows how to run it.
    var kind: String
    var state: State
    /// Canonical JSON of what it is made from.
    var plan: String
    /// Counts every start: it fences the writes of older attempts, whose task folders have other names.
    var attempt: Int
    /// Starts that ended in a failure of their own; a restart of the service is none.
    var failures: Int
    /// Not to be started before.
    var runAfter: Timestamp
    var reason: String?
    /// JSON of what came out of it, a `TaskResult` and what its kind adds.
    var result: String?
    /// Whether it is done and left out of every result.
    var excluded = false
    /// Seconds that it took.
    var seconds: Double?
    /// The live job whose datasets its newest attempt works on: equal keys may come from datasets that differ in names
    /// only.
    var claimedFor: String?
    /// Where it stands among the members of its jobs that wait, where that is not its place in the plan: one that made
    /// way for others of the first round comes after these.
    var place: Double?
    var processId: Int?
    var processStart: Int?
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
}

/// A row of table `job_member`.
struct JobMemberRecord: Codable, FetchableRecord, PersistableRecord, Sendable {
    static let databaseTableName = "job_member"

    var jobId: String
    var index: Int
    var key: String
    /// The evidence was there when the job was submitted.
    var reused: Bool
}
