@preconcurrency import Dispatch

/// A serial Dispatch queue as the executor of actors. Linux has no `DispatchSerialQueue` that would be one itself
/// (after GRDB's `DispatchQueueActor`).
final class ShardExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Lets plain blocks on the queue enter its actors by `assumeIsolated` (SE-0424).
    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
