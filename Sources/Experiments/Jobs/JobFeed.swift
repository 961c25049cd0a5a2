import GRDB
import Logging
import Synchronization

/// Tells whoever listens that something of the jobs may have changed: the store by what it commits, the scheduler by what
/// its children say. What changed is for the listener to ask.
final class JobFeed: Sendable {
    private struct State {
        var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var next: UInt64 = 0
        var observation: AnyDatabaseCancellable?
    }

    private let state = Mutex(State())

    /// Begins to watch the rows of jobs and members.
    func watch(_ store: Store, logger: Logger) {
        let observation = DatabaseRegionObservation(tracking: [Table("job"), Table("member"), Table("job_member")])
            .start(
                in: store.pool,
                onError: { logger.error("changes of jobs are not told", metadata: ["error": "\($0)"]) },
                onChange: { [weak self] _ in self?.signal() }
            )
        state.withLock { $0.observation = observation }
    }

    /// Something may have changed.
    func signal() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield() }
    }

    /// One signal at once, and one for all that comes between two looks.
    func listen() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[id] = nil } }
        continuation.yield()
        return stream
    }
}

extension Experiments {
    /// A job as it is, and again whenever it has changed, to its end. Changes that come faster than `pause` are told
    /// together.
    ///
    /// - Parameters:
    ///   - id: the job's id
    ///   - pause: the shortest time between two
    public func changes(of id: String, pause: Duration = .zero) -> AsyncThrowingStream<JobSummary, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let signals = feed.listen()
            let task = Task {
                do {
                    for await _ in signals {
                        guard let job = try await job(id) else { break }
                        continuation.yield(job)
                        guard job.state.isLive else { break }
                        if pause > .zero { try await Task.sleep(for: pause) }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// What a listener to all jobs gets.
    public enum News: Sendable {
        /// Something of some job may have changed; the first comes at once.
        case changed
        /// Nothing has been said for a while.
        case stillThere
    }

    /// That jobs come, change and go, for as long as somebody listens. Changes that come faster than `pause` are told together.
    ///
    /// - Parameters:
    ///   - pause: the shortest time between two
    ///   - signOfLife: how often listeners hear that all is well
    public func news(pause: Duration = .seconds(1), signOfLife: Duration = .seconds(15)) -> AsyncStream<News> {
        // Of a listener that takes nothing the oldest are kept: what it asks after the first of them is new enough.
        AsyncStream(bufferingPolicy: .bufferingOldest(8)) { continuation in
            let signals = feed.listen()
            let changes = Task {
                for await _ in signals {
                    continuation.yield(.changed)
                    guard (try? await Task.sleep(for: pause)) != nil else { return }
                }
            }
            let clock = Task {
                while (try? await Task.sleep(for: signOfLife)) != nil { continuation.yield(.stillThere) }
            }
            continuation.onTermination = { _ in
                changes.cancel()
                clock.cancel()
            }
        }
    }
}
