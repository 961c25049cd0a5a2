import Synchronization

/// Holds uploads back before they are read.
package final class Gate: Sendable {
    package init() {}

    private let state = Mutex((isOpen: false, waiters: [AsyncStream<Void>.Continuation]()))

    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    package func close() { state.withLock { $0.isOpen = false } }

    /// Returns when the gate opens or the task is cancelled.
    package func wait() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiters.append(continuation) }
            return state.isOpen
        }
        if !isOpen { for await _ in stream {} }
    }
}
