import Files
public import Tasks

/// What a job is made of, and what becomes of it: all that queue, store, scheduler, reducer and recovery know of a kind of
/// job. Requests and settings are canonical JSON that only the kind reads.
///
/// A kind is a value of a folder of its own; the program lists all of them once, in `JobKinds`.
public protocol JobKind: Sendable {
    /// In `job.kind`, in requests, and the name of its file in `public/app/kinds`.
    var name: String { get }

    /// The roles that datasets play in it. The first is the one that a job is listed under; there may be none.
    var roles: [DatasetRole] { get }

    /// Judges what can be judged of a request before its datasets are read. Default: nothing.
    ///
    /// - Throws: `SettingsError`
    func check(_ request: [UInt8]) throws

    /// What this machine does fastest in its jobs; nil: nothing that is measured. Default: nil.
    var machine: MachineProfile? { get }

    /// What of it has to be measured before a request can be drafted: names for `MachineProfile`. Default: nothing.
    func subjects(of request: [UInt8], on data: JobData) -> [String]

    /// Completes a request for its datasets, which are ready, and plans the job's tasks.
    ///
    /// - Throws: `SettingsError` with all that is wrong at once; anything else that is `CustomStringConvertible` fails the
    ///   job with its words
    func draft(_ request: [UInt8], on data: JobData, in folder: DataFolder) throws -> JobDraft

    /// Names of folders below `evidence/` that the job of a request needs while it waits. Default: none.
    func evidence(of request: [UInt8]) throws -> [String]

    /// What of a job's settings the queue looks at.
    func plan(_ settings: [UInt8]) throws -> JobPlan

    /// All tasks of a job, of which it may have been given the first ones only. Default: nil, it has them all.
    func tasks(of settings: [UInt8], on data: JobData, in folder: DataFolder) throws -> [DraftTask]?

    /// Fills the folder of an attempt at a task, which is there and empty: `spec.json` and what it names.
    func prepare(_ task: DraftTask, in folder: TaskFolder, on data: JobData, files: Files) throws -> TaskNeeds

    /// Why a job comes to nothing whose tasks were left out.
    ///
    /// - Parameters:
    ///   - excluded: tasks that say so themselves: see `TaskResult`
    ///   - total: tasks of the job
    func failure(excluded: Int, of total: Int, settings: [UInt8]) -> Failure

    /// What the child is told that turns evidence into the next revision: JSON with a `ReductionHeader`.
    func reduction(_ job: JobEvidence, on data: JobData, files: Files) throws -> [UInt8]

    /// What follows once all tasks of an open job are reduced. Default: it is done.
    ///
    /// - Parameter revision: the folder of the newest revision
    func next(_ job: OpenJob, after revision: String, files: Files) throws -> NextStep

    /// Bytes of a task, a checkpoint and a revision.
    func footprint(_ settings: [UInt8], on data: JobData) throws -> Footprint
}

extension JobKind {
    /// Nothing can be judged without the data.
    public func check(_ request: [UInt8]) throws {}
    /// Nothing is measured.
    public var machine: MachineProfile? { nil }
    /// Nothing is measured.
    public func subjects(of request: [UInt8], on data: JobData) -> [String] { [] }
    /// It waits for nothing but its datasets.
    public func evidence(of request: [UInt8]) throws -> [String] { [] }
    /// It has all its tasks from the start.
    public func tasks(of settings: [UInt8], on data: JobData, in folder: DataFolder) throws -> [DraftTask]? { nil }
    /// It is done.
    public func next(_ job: OpenJob, after revision: String, files: Files) throws -> NextStep { .stop(reason: "plan") }
}

/// The kinds of job that a program knows.
public struct JobKinds: Sendable {
    /// All of them.
    public let all: [any JobKind]

    /// - Parameter all: all of them, each with a name of its own
    public init(_ all: [any JobKind]) { self.all = all }

    /// The kind of that name.
    public subscript(_ name: String) -> (any JobKind)? { all.first { $0.name == name } }

    /// The kind of that name.
    ///
    /// - Throws: `UnknownKindError` where this program does not know it
    public func require(_ name: String) throws -> any JobKind {
        guard let kind = self[name] else { throw UnknownKindError(name: name) }
        return kind
    }
}

/// A job of a kind that this program does not know: another program wrote the data folder.
public struct UnknownKindError: Error, CustomStringConvertible {
    /// The kind.
    public var name: String
    /// One sentence for people.
    public var description: String { "this program knows no jobs of kind \(name)" }
}
