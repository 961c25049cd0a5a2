import Experiments
import Tasks

/// What is told of a job as it changes, made once for all who listen.
struct JobSnapshot: Sendable {
    /// The job.
    var job: JobSummary
    /// Its document, without a line end.
    var document: [UInt8]
    /// A digest of the document: FNV-1a tells documents apart, and protects nothing.
    var id: String

    init(_ job: JobSummary, document: JSON) {
        self.job = job
        self.document = document.encoded().dropLast()
        let digest = self.document.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        id = String(digest, radix: 16)
    }
}

/// Follows each job that anybody listens to, once, whatever the number of listeners.
actor JobBroadcast {
    /// What a listener gets.
    enum Beat: Sendable {
        /// The job has changed; the first comes at once.
        case snapshot(JobSnapshot)
        /// Nothing has changed for a while.
        case stillThere
    }

    private struct Topic {
        var listeners: [Int: AsyncThrowingStream<Beat, any Error>.Continuation] = [:]
        var last: JobSnapshot?
        /// Whether anything was told since the last look of the clock.
        var isQuiet = true
        var tasks: [Task<Void, Never>] = []
    }

    private var topics: [String: Topic] = [:]
    private var next = 0
    private let changes: @Sendable (String) -> AsyncThrowingStream<JobSummary, any Error>
    private let document: @Sendable (JobSummary) async throws -> JSON
    private let signOfLife: Duration

    /// - Parameters:
    ///   - signOfLife: after how long without a change listeners hear that all is well
    ///   - changes: a job whenever it changes, by its id
    ///   - document: its document
    init(
        signOfLife: Duration = .seconds(15),
        changes: @escaping @Sendable (String) -> AsyncThrowingStream<JobSummary, any Error>,
        document: @escaping @Sendable (JobSummary) async throws -> JSON
    ) {
        self.signOfLife = signOfLife
        self.changes = changes
        self.document = document
    }

    /// A job as it is, and whenever it changes, to its end or removal. A listener that is slow misses what came between.
    func listen(to id: String) -> AsyncThrowingStream<Beat, any Error> {
        let (stream, continuation) = AsyncThrowingStream<Beat, any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(1)
        )
        next += 1
        let number = next
        continuation.onTermination = { _ in Task { await self.leave(id, number) } }
        if topics[id] == nil {
            topics[id] = Topic()
            topics[id]?.tasks = [Task { await self.follow(id) }, Task { await self.tick(id) }]
        }
        topics[id]?.listeners[number] = continuation
        if let last = topics[id]?.last { continuation.yield(.snapshot(last)) }
        return stream
    }

    private func leave(_ id: String, _ number: Int) {
        topics[id]?.listeners[number] = nil
        guard let topic = topics[id], topic.listeners.isEmpty else { return }
        topics[id] = nil
        for task in topic.tasks { task.cancel() }
    }

    private func follow(_ id: String) async {
        var failure: (any Error)?
        do {
            for try await job in changes(id) {
                let snapshot = JobSnapshot(job, document: try await document(job))
                guard snapshot.id != topics[id]?.last?.id else { continue }
                topics[id]?.last = snapshot
                tell(id, .snapshot(snapshot))
            }
        } catch {
            failure = error
        }
        guard !Task.isCancelled, let topic = topics[id] else { return }
        topics[id] = nil
        for listener in topic.listeners.values { listener.finish(throwing: failure) }
        for task in topic.tasks { task.cancel() }
    }

    private func tick(_ id: String) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: signOfLife)
            guard !Task.isCancelled, let topic = topics[id] else { return }
            if topic.isQuiet {
                for listener in topic.listeners.values {
                    // What waits for a slow listener comes first: it is the newest there is, and a sign of life, too.
                    if case .dropped(.snapshot(let waiting)) = listener.yield(.stillThere) {
                        listener.yield(.snapshot(waiting))
                    }
                }
            }
            topics[id]?.isQuiet = true
        }
    }

    private func tell(_ id: String, _ beat: Beat) {
        topics[id]?.isQuiet = false
        for listener in topics[id]?.listeners.values ?? [:].values { listener.yield(beat) }
    }
}
