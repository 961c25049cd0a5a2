import Experiments
import Files
import Foundation
import HTTPServer
import Synchronization
import Tasks

/// Makes the documents of jobs. What of a revision belongs into one is read once, away from the threads that answer.
final class JobDocuments: Sendable {
    private let experiments: Experiments
    private let views: JobViews
    private let work: WorkQueue
    private let heads = Mutex(Recent<String, RevisionHead>(capacity: 2_000))

    init(experiments: Experiments, views: JobViews, work: WorkQueue) {
        self.experiments = experiments
        self.views = views
        self.work = work
    }

    /// The job document with what its newest revision says.
    func document(of job: JobSummary) async throws -> JSON {
        let view = views[job.kind]
        return try JSON(job, view, head: try await head(of: job, view))
    }

    /// What of the newest revision belongs into every document; nil before the first.
    private func head(of job: JobSummary, _ view: any JobView) async throws -> RevisionHead? {
        guard job.revision > 0 else { return nil }
        let folder = experiments.columnsFolder(of: job, revision: job.revision)
        if let known = heads.withLock({ $0[folder] }) { return known }
        let head = try await work.run { try view.head(of: try Files.live.read("\(folder)/summary.json")) }
        heads.withLock { $0[folder] = head }
        return head
    }
}
