import Dispatch
import Synchronization

/// Something that tasks and threads wait for.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var isOpen: Bool { state.withLock { $0.isOpen } }

    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter() }
    }

    package func close() { state.withLock { $0.isOpen = false } }

    /// Returns when the gate opens or the task is cancelled.
    package func wait() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        whenOpen { continuation.finish() }
        for await _ in stream {}
    }

    /// `false` when it has not opened within ten seconds.
    package func waitBlocking() -> Bool {
        let semaphore = DispatchSemaphore(value: 0)
        whenOpen { semaphore.signal() }
        return semaphore.wait(timeout: .now() + .seconds(10)) == .success
    }

    private func whenOpen(_ action: @escaping @Sendable () -> Void) {
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiters.append(action) }
            return state.isOpen
        }
        if isOpen { action() }
    }
}
