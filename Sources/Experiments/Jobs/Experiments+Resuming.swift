import Files
import GRDB

extension Experiments {
    /// Puts a job that failed, was cancelled or ended with its budget back into the queue. Finished members stay; those
    /// that were given up get a new chance. A spent budget is lifted: the job goes to the end of its plan. One that was
    /// not spent counts anew.
    /// - Returns: false where it is in another state
    public func resume(_ job: JobSummary) async throws -> Bool {
        try await whole { [self] in
            let kind = try kinds.require(job.kind)
            var all: [DraftTask] = []
            if let settings = job.settings {
                let data = try job.data(in: folder)
                all = try await disk.run { [folder] in try kind.tasks(of: settings, on: data, in: folder) } ?? []
            }
            guard try await queue.resume(job.id, tasks: all, isWhole: isWhole) else { return false }
            // One that failed while it waited for its datasets has no members yet.
            for (_, dataset) in job.datasets { await admit(waitingFor: dataset.id) }
            await scheduler.settle(job.id)
            await scheduler.fill()
            return true
        }
    }
}
