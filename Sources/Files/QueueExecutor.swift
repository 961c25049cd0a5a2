@preconcurrency public import Dispatch

/// Runs an actor on a Dispatch queue of its own, so that its blocking file calls do not occupy a thread of the
/// cooperative pool, which on a small machine has two (the shape is GRDB's `DispatchQueueActor`).
public final class QueueExecutor: SerialExecutor {
    /// The queue. Plain blocks on it enter the actors of this executor by `assumeIsolated` (SE-0424).
    public let queue: DispatchQueue

    /// - Parameter label: name of the queue, for debuggers
    public init(label: String) { queue = DispatchQueue(label: label) }

    /// Runs a job of the actor on the queue.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Traps where the caller is not on the queue (SE-0424).
    public func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
