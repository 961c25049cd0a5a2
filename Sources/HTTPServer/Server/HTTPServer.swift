@preconcurrency import Dispatch
import Files
import Foundation
import Logging
import Synchronization

/// An HTTP/1.1 server on Foundation, Dispatch and one epoll descriptor.
///
/// `start()` listens, `run()` returns when the server has stopped, `shutdown()` stops it: readiness turns false, nothing
/// more is accepted, idle connections are closed and busy ones after their answer, and what is left when the grace
/// ends is cut.
public final class HTTPServer: Sendable {
    private enum State {
        case new
        case running(Running)
        case stopped
    }

    private struct Running: Sendable {
        var context: ServerContext
        var listeners: [Listener]
        var shards: [Shard]
        var addresses: [ListenAddress]
        var isStopping = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let configuration: ServerConfiguration
    private let router: Router
    private let staticFiles: StaticFiles?
    private let logger: Logger
    private let makeEngine: (@Sendable () -> any TransportEngine)?
    private let state = Mutex(State.new)

    /// A server that does not listen yet.
    public convenience init(
        configuration: ServerConfiguration,
        router: Router,
        staticFiles: StaticFiles? = nil,
        logger: Logger
    ) {
        self.init(
            configuration: configuration,
            router: router,
            staticFiles: staticFiles,
            logger: logger,
            makeEngine: nil
        )
    }

    /// - Parameter makeEngine: Makes what stands between socket and parser of each connection.
    package init(
        configuration: ServerConfiguration,
        router: Router,
        staticFiles: StaticFiles? = nil,
        logger: Logger,
        makeEngine: (@Sendable () -> any TransportEngine)?
    ) {
        self.configuration = configuration
        self.router = router
        self.staticFiles = staticFiles
        self.logger = logger
        self.makeEngine = makeEngine
    }

    /// Where the server listens, from `start()` until it has stopped.
    public var boundAddresses: [ListenAddress] {
        state.withLock { if case .running(let running) = $0 { running.addresses } else { [] } }
    }

    /// The port the server listens on, from `start()` until it has stopped.
    public var boundPort: Int? { boundAddresses.first?.port }

    /// Open connections.
    public var connectionCount: Int {
        state.withLock { if case .running(let running) = $0 { running.context.registry.connections } else { 0 } }
    }

    /// Handlers that have not returned yet.
    public var handlerCount: Int {
        state.withLock { if case .running(let running) = $0 { running.context.registry.handlers } else { 0 } }
    }

    /// Listens and begins to answer.
    ///
    /// - Throws: `ServerError`.
    public func start() throws {
        try state.withLock { state in
            guard case .new = state else { throw ServerError.alreadyStarted }
            let running = try listen()
            for (index, shard) in running.shards.enumerated() {
                let tick = configuration.limits.tick
                shard.executor.queue.async { shard.assumeIsolated { $0.start(tick: tick) } }
                logger.trace("shard started", metadata: ["shard": "\(index)"])
            }
            running.context.reactor.start()
            for listener in running.listeners { listener.activate() }
            state = .running(running)
        }
        logger.info(
            "listening",
            metadata: [
                "addresses": "\(boundAddresses.map(\.description).joined(separator: " "))",
                "limits": "\(configuration.limits)",
            ]
        )
    }

    /// Starts unless that is done, and returns when the server has stopped. Cancelling the task shuts it down.
    public func run() async throws {
        let isNew = state.withLock { if case .new = $0 { true } else { false } }
        if isNew { try start() }
        await withTaskCancellationHandler {
            await stopped()
        } onCancel: {
            Task { await self.shutdown() }
        }
    }

    /// Stops as the type's description says, and returns when that is done. A second call waits for the first.
    public func shutdown() async {
        let running: Running? = state.withLock { state in
            guard case .running(var running) = state, !running.isStopping else { return nil }
            running.isStopping = true
            state = .running(running)
            return running
        }
        guard let running else { return await stopped() }
        logger.info("stopping", metadata: ["connections": "\(running.context.registry.connections)"])
        running.context.isDraining = true
        // A cancelled wait is only a shorter one.
        try? await Task.sleep(for: configuration.limits.readinessDelay)
        for listener in running.listeners { await listener.close() }
        for shard in running.shards { await shard.drain() }
        await waitUntilEmpty(running)
        for shard in running.shards { await shard.stop() }
        running.context.reactor.stop()
        let waiters = state.withLock { state in
            defer { state = .stopped }
            guard case .running(let running) = state else { return [CheckedContinuation<Void, Never>]() }
            return running.waiters
        }
        logger.info("stopped")
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Inside

    private func listen() throws -> Running {
        let ceiling = Self.raiseDescriptorLimit()
        let shards = (0..<ProcessInfo.processInfo.activeProcessorCount).map { Shard(index: $0) }
        let context = try ServerContext(
            configuration: configuration,
            router: router,
            staticFiles: staticFiles,
            logger: logger,
            work: WorkQueue(label: "net.work", width: ProcessInfo.processInfo.activeProcessorCount),
            makeEngine: makeEngine
        )
        let accepted: @Sendable (Socket, Peer) -> Void = { socket, peer in
            let shard = shards[Int(socket.descriptor) % shards.count]
            let admission = context.registry.connectionOpened(peer)
            let connection = Connection(
                socket: socket,
                peer: peer,
                shard: shard,
                context: context,
                refusal: admission == .serve ? nil : .tooManyConnections
            )
            shard.executor.queue.async { shard.assumeIsolated { $0.adopt(connection) } }
        }
        var listeners: [Listener] = []
        var failure: ServerError?
        for resolved in try ResolvedAddress.resolve(configuration.address) {
            do throws(ServerError) {
                let port = configuration.address.port == 0 ? listeners.first?.address.port : nil
                listeners.append(
                    try Listener(
                        port.map { resolved.with(port: $0) } ?? resolved,
                        logger: logger,
                        descriptorCeiling: ceiling,
                        mayAccept: { context.registry.hasRoom },
                        accepted: accepted
                    )
                )
            } catch {
                // One of the two addresses of `localhost` may not exist on this machine.
                failure = failure ?? error
            }
        }
        if listeners.isEmpty || isInUse(failure) {
            for listener in listeners { listener.abandon() }
            context.reactor.abandon()
            throw failure ?? ServerError.unknownHost(configuration.address.host, reason: "no address")
        }
        return Running(
            context: context,
            listeners: listeners,
            shards: shards,
            addresses: listeners.map(\.address)
        )
    }

    private func isInUse(_ failure: ServerError?) -> Bool {
        if case .addressInUse = failure { true } else { false }
    }

    private func stopped() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard case .running(var running) = state else { return true }
                running.waiters.append(continuation)
                state = .running(running)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Waits for connections and handlers to end; cuts the connections when the grace does.
    private func waitUntilEmpty(_ running: Running) async {
        let grace = configuration.limits.shutdownGrace
        let cutter = Task {
            try await Task.sleep(for: grace)
            logger.warning("cutting", metadata: ["connections": "\(running.context.registry.connections)"])
            for shard in running.shards { await shard.closeAll() }
            // Their handlers were cancelled; one that does not listen to that is left behind.
            try await Task.sleep(for: .seconds(2))
            logger.error("handlers still run", metadata: ["handlers": "\(running.context.registry.handlers)"])
            running.context.registry.giveUp()
        }
        await running.context.registry.empty()
        cutter.cancel()
    }

    /// Lets the process open as many files as the administrator allows, not as many as the shell starts with.
    ///
    /// - Returns: The descriptor number from which on none is used for connections.
    private static func raiseDescriptorLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return .max }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        let most = Int(clamping: setrlimit(resource, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur)
        return most - max(8, min(64, most / 8))
    }
}
