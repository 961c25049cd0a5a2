import Tasks

/// A request for a job.
public struct JobOrder: Sendable {
    /// The kind of job.
    public var kind: String
    /// Its name; that of its first dataset where missing, and of its kind where it has none.
    public var name: String?
    /// Id or name of the dataset in each role.
    public var datasets: [DatasetRole: String]
    /// What the kind is asked for: canonical JSON.
    public var request: [UInt8]
    /// Higher comes first; see `JobPriority`.
    public var priority: Int
    /// What it may cost.
    public var budget: JobBudget?

    /// Parameters are those of the properties.
    public init(
        kind: String,
        name: String? = nil,
        datasets: [DatasetRole: String],
        request: [UInt8],
        priority: Int? = nil,
        budget: JobBudget? = nil
    ) {
        self.kind = kind
        self.name = name
        self.datasets = datasets
        self.request = request
        self.priority = priority ?? 0
        self.budget = budget
    }
}

/// A job that a kind has thought through.
public struct JobDraft: Sendable {
    /// Canonical JSON of the kind's own settings.
    public var settings: [UInt8]
    /// Its tasks, in order: whole rounds after each other, so that as many as possible are whole where a budget cuts.
    public var tasks: [DraftTask]

    /// Parameters are those of the properties.
    public init(settings: [UInt8], tasks: [DraftTask]) {
        self.settings = settings
        self.tasks = tasks
    }
}

/// A task that a job is to have.
public struct DraftTask: Hashable, Sendable {
    /// What its evidence is found by: equal keys, equal evidence.
    public var key: String
    /// Canonical JSON of all that it is made from.
    public var plan: String
    /// JSON of its `TaskResult`, where its evidence is there already.
    public var result: String?

    /// Parameters are those of the properties.
    public init(key: String, plan: String, result: String? = nil) {
        self.key = key
        self.plan = plan
        self.result = result
    }
}

/// What of a job's settings the queue looks at.
public struct JobPlan: Hashable, Sendable {
    /// Tasks that a job may have.
    public static let mostTasks = JobLimits.mostTasks

    /// Tasks of the whole plan, of which a budget may cut the last ones.
    public var tasks: Int
    /// Whether the kind decides after each revision what comes next: see `JobKind.next`.
    public var isOpen: Bool
    /// The first tasks that together say something of every example: when they are done there is a revision at once.
    public var round: Int?
    /// The epoch after which the tasks of the first round leave previews, that together make a first revision; nil where
    /// none is wanted.
    public var previewEpoch: Int?

    /// Parameters are those of the properties.
    public init(tasks: Int, isOpen: Bool = false, round: Int? = nil, previewEpoch: Int? = nil) {
        self.tasks = tasks
        self.isOpen = isOpen
        self.round = round
        self.previewEpoch = previewEpoch
    }
}

/// What the worker of a task is to be given.
public struct TaskNeeds: Hashable, Sendable {
    /// Threads.
    public var threads: Int

    /// - Parameter threads: threads
    public init(threads: Int = 1) { self.threads = threads }
}

/// A job whose evidence is to be reduced.
public struct JobEvidence: Sendable {
    /// The job.
    public var id: String
    /// Canonical JSON of its settings.
    public var settings: [UInt8]
    /// Folders of finished evidence, by the places of their tasks in the plan; in order.
    public var tasks: [(index: Int, folder: String)]
    /// Tasks that are done and left out.
    public var excluded: Int
    /// Whether nothing will come after it.
    public var isFinal: Bool
    /// Whether the evidence is of the epochs up to `JobPlan.previewEpoch` alone.
    public var isPreview = false
    /// The folder of the job.
    public var folder: String
    /// The folder of the revision, which is there and empty.
    public var output: String
}

/// A job that may go on.
public struct OpenJob: Sendable {
    /// Canonical JSON of its settings.
    public var settings: [UInt8]
    /// Its first task.
    public var first: DraftTask
    /// Tasks that its budget allows.
    public var maxTasks: Int?
}

/// What follows after a revision.
public enum NextStep: Sendable {
    /// The job ends, for this reason.
    case stop(reason: String)
    /// It goes on with more tasks: new settings, and all tasks of the plan, those that it has first.
    case more(JobDraft)
}

/// What a job leaves on the disk.
public struct Footprint: Sendable, Hashable {
    /// Bytes of the evidence of a finished task.
    public var taskBytes: Int
    /// Bytes of one revision.
    public var revisionBytes: Int
    /// Bytes of the checkpoint of a task that runs.
    public var checkpointBytes: Int

    /// Parameters are those of the properties.
    public init(taskBytes: Int, revisionBytes: Int, checkpointBytes: Int = 0) {
        self.taskBytes = taskBytes
        self.revisionBytes = revisionBytes
        self.checkpointBytes = checkpointBytes
    }

    /// Bytes of a whole job: its tasks, their checkpoints while they run, and two revisions.
    ///
    /// - Parameters:
    ///   - tasks: that are not there yet
    ///   - workers: that run at once
    public func jobBytes(tasks: Int, workers: Int) -> Int {
        tasks * taskBytes + min(tasks, workers) * checkpointBytes + 2 * revisionBytes
    }
}
