import Dispatch
@preconcurrency import Files

/// The connections that share one serial queue, and the timer that looks at their deadlines. There are as many shards
/// as cores, never one queue a connection: each busy serial queue costs libdispatch a thread.
actor Shard {
    nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var connections: [Int32: Connection] = [:]
    private var timer: (any DispatchSourceTimer)?

    init(index: Int) {
        executor = QueueExecutor(label: "net.shard.\(index)")
    }

    func start(tick: Duration) {
        let timer = DispatchSource.makeTimerSource(queue: executor.queue)
        let interval = DispatchTimeInterval.milliseconds(max(1, Int(tick / .milliseconds(1))))
        timer.setEventHandler { [unowned self] in assumeIsolated { $0.tick() } }
        timer.schedule(deadline: .now() + interval, repeating: interval, leeway: interval)
        timer.activate()
        self.timer = timer
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    /// Takes over an accepted socket.
    func adopt(_ connection: Connection) {
        connections[connection.socket.descriptor] = connection
        connection.assumeIsolated { $0.start() }
    }

    func remove(_ connection: Connection) {
        connections[connection.socket.descriptor] = nil
    }

    /// No request after the current one, on any connection.
    func drain() {
        for connection in connections.values { connection.assumeIsolated { $0.drain() } }
    }

    /// Cuts what is left.
    func closeAll() {
        for connection in connections.values { connection.assumeIsolated { $0.cut() } }
    }

    private func tick() {
        let now = ContinuousClock.now
        for connection in connections.values { connection.assumeIsolated { $0.tick(now) } }
    }
}
