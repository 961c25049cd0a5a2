import Foundation

/// A thread for each piece of work, so that tests which block leave the cooperative pool alone.
package final class ThreadExecutor: TaskExecutor {
    package static let shared = ThreadExecutor()

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
