import Files
import Foundation
import Tasks

/// What a worker does with a task folder: one conformer for each kind of task, looked up by the `task` of `spec.json`.
public protocol TaskWork: Sendable {
    /// Its name in `spec.json`.
    var name: String { get }

    /// Runs an attempt to its end: the evidence in the task folder, the manifest last.
    ///
    /// - Throws: whatever goes wrong; `WorkerFailure` knows which errors another attempt may mend
    func run(_ attempt: TaskAttempt) throws
}

/// What the child does that turns evidence into a revision: one conformer for each kind of reduction, looked up by the
/// `reduction` of its specification.
public protocol ReductionWork: Sendable {
    /// Its name in the specification.
    var name: String { get }

    /// Makes the revision, `summary.json` last.
    ///
    /// - Parameter specification: JSON of a `ReductionHeader` and whatever the reduction wants to know
    func reduce(_ specification: [UInt8]) throws
}

/// What an attempt at a task is given.
public struct TaskAttempt: Sendable {
    /// The task folder with its `spec.json`.
    public let folder: TaskFolder
    /// The checkpoint of an earlier attempt; the file need not exist.
    public let checkpoint: String?
    /// Seconds of work between two checkpoints.
    public let checkpointSeconds: Double
    /// The epoch after which a preview is wanted; nil where none is.
    public let previewEpoch: Int?
    /// The wish that the worker end.
    public let stop: StopRequest

    /// Parameters are those of the properties.
    public init(
        folder: TaskFolder,
        checkpoint: String?,
        checkpointSeconds: Double,
        previewEpoch: Int? = nil,
        stop: StopRequest
    ) {
        self.folder = folder
        self.checkpoint = checkpoint
        self.checkpointSeconds = checkpointSeconds
        self.previewEpoch = previewEpoch
        self.stop = stop
    }
}

/// `plumbline worker`: one attempt at a task.
public enum WorkerChild {
    /// Runs the whole task and returns the exit code (sysexits.h): 0 done, 65 the specification or the data are at
    /// fault, 75 another try may help.
    ///
    /// - Parameters:
    ///   - folder: the task folder with its `spec.json`
    ///   - checkpoint: that of an earlier attempt; the file need not exist
    ///   - checkpointSeconds: seconds of work between two checkpoints
    ///   - previewEpoch: the epoch after which a preview is wanted
    ///   - works: the tasks that this program knows
    public static func run(
        _ folder: String,
        checkpoint: String?,
        checkpointSeconds: Double,
        previewEpoch: Int? = nil,
        works: [any TaskWork]
    ) -> Int32 {
        let stop = StopRequest()
        let signals = stop.listen()
        defer { withExtendedLifetime(signals) {} }
        let attempt = TaskAttempt(
            folder: TaskFolder(folder),
            checkpoint: checkpoint,
            checkpointSeconds: checkpointSeconds,
            previewEpoch: previewEpoch,
            stop: stop
        )
        do {
            let header = try JSONDecoder().decode(
                TaskHeader.self,
                from: Data(try Files.live.read(attempt.folder.specification))
            )
            guard let work = works.first(where: { $0.name == header.task }) else {
                throw WorkerError.badSpec("there is no task called \(header.task)")
            }
            try work.run(attempt)
            return EX_OK
        } catch {
            let failure = WorkerFailure(error)
            failure.line.print()
            return failure.exitCode
        }
    }
}
