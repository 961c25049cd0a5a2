import Dispatch
import HTTPTypes
import Synchronization

/// A bounded place for work that blocks or computes: file reads, compression, encoding of large answers. The threads of
/// Swift's default executor are as many as there are cores, and two blocked ones would stop all `async` code.
public final class WorkQueue: Sendable {
    private struct State {
        var running = 0
        /// Jobs that wait for a thread. Taken from the front, `next` on.
        var waiting: [@Sendable () -> Void] = []
        var next = 0
    }

    private let width: Int
    private let capacity: Int
    private let queue: DispatchQueue
    private let state = Mutex(State())

    /// - Parameters:
    ///   - label: Names the threads.
    ///   - width: Jobs that run at the same time.
    ///   - capacity: Jobs that may wait; one more is refused with 503.
    public init(label: String, width: Int, capacity: Int = 1024) {
        precondition(width > 0 && capacity > 0)
        self.width = width
        self.capacity = capacity
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    /// Runs `body` on a thread of the queue and returns what it returns.
    ///
    /// - Throws: What `body` throws, or `Problem` 503 when too many jobs are waiting.
    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit {
                continuation.resume(with: Result(catching: body))
            } refused: {
                continuation.resume(
                    throwing: Problem(
                        .serviceUnavailable,
                        detail: "Too much work is waiting. Try again in a moment.",
                        fields: [.retryAfter: "1"]
                    )
                )
            }
        }
    }

    private func submit(_ job: @escaping @Sendable () -> Void, refused: () -> Void) {
        enum Decision { case start, wait, refuse }
        let decision: Decision = state.withLock { state in
            if state.running < width {
                state.running += 1
                return .start
            }
            if state.waiting.count - state.next >= capacity { return .refuse }
            state.waiting.append(job)
            return .wait
        }
        switch decision {
        case .start: queue.async { self.work(job) }
        case .wait: break
        case .refuse: refused()
        }
    }

    /// Runs `first`, then whatever waits, and gives the place back when nothing does.
    private func work(_ first: @Sendable () -> Void) {
        first()
        while let job = takeNext() { job() }
    }

    private func takeNext() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.next < state.waiting.count else {
                state.running -= 1
                state.waiting.removeAll(keepingCapacity: true)
                state.next = 0
                return nil
            }
            defer { state.next += 1 }
            if state.next > 512 {
                state.waiting.removeFirst(state.next)
                state.next = 0
            }
            return state.waiting[state.next]
        }
    }
}
