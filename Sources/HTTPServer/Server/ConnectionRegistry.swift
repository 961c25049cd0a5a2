import Synchronization

/// How many connections and running handlers there are, and who waits for there to be none.
final class ConnectionRegistry: Sendable {
    /// What becomes of a new connection.
    enum Admission {
        case serve
        /// Answered 503 and closed.
        case refuse
    }

    private struct State {
        var total = 0
        var handlers = 0
        var byAddress: [String: Int] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isEmpty: Bool { total == 0 && handlers == 0 }
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) {
        self.limits = limits
    }

    /// Open connections.
    var connections: Int { state.withLock { $0.total } }
    /// Handlers that have not returned; more than connections where clients left.
    var handlers: Int { state.withLock { $0.handlers } }
    /// Whether another connection may be accepted, be it to refuse it.
    var hasRoom: Bool { connections < limits.connections + max(16, limits.connections / 4) }

    /// Counts a connection that was accepted.
    func connectionOpened(_ peer: Peer) -> Admission {
        state.withLock { state in
            state.total += 1
            state.byAddress[peer.address, default: 0] += 1
            let isOneOfMany =
                !peer.isLoopback && state.byAddress[peer.address, default: 0] > limits.connectionsPerAddress
            return state.total > limits.connections || isOneOfMany ? .refuse : .serve
        }
    }

    func connectionClosed(_ peer: Peer) {
        change { state in
            state.total -= 1
            let left = state.byAddress[peer.address, default: 1] - 1
            state.byAddress[peer.address] = left == 0 ? nil : left
        }
    }

    func handlerStarted() {
        state.withLock { $0.handlers += 1 }
    }

    func handlerEnded() {
        change { $0.handlers -= 1 }
    }

    /// Returns when there is neither a connection nor a handler.
    func empty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.isEmpty { state.waiters.append(continuation) }
                return state.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// Lets everybody who waits in `empty()` go on.
    func giveUp() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            guard state.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
