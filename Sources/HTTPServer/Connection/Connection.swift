import CLinux
@preconcurrency import Dispatch
import Files
import Glibc
import HTTPTypes
import HTTPWire
import Logging

/// One client. It carries out what `ConnectionMachine` decides: it reads, sends, runs the handler and wakes it.
///
/// An actor whose executor is a shard's queue: readiness comes in by `assumeIsolated` on that queue, handlers by
/// `await` from wherever they run.
actor Connection: SocketWaiter {
    nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let socket: Socket
    /// The numeric address of the peer, without port.
    nonisolated let peer: Peer
    nonisolated let context: ServerContext

    private let shard: Shard
    private let refusal: ConnectionMachine.Refusal?
    private var machine: ConnectionMachine
    private var engine: (any TransportEngine)?
    private var output = OutputQueue()
    private var isReadable = false
    private var isWritable = false
    private var isClosed = false
    private var handler: Task<Void, Never>?
    private var bodyWaiter: CheckedContinuation<[UInt8]?, any Error>?
    private var writeWaiters: [CheckedContinuation<Void, any Error>] = []

    /// - Parameter refusal: Why the connection is not served but answered and closed.
    init(
        socket: Socket,
        peer: Peer,
        shard: Shard,
        context: ServerContext,
        refusal: ConnectionMachine.Refusal? = nil
    ) {
        executor = shard.executor
        self.socket = socket
        self.peer = peer
        self.shard = shard
        self.context = context
        self.refusal = refusal
        engine = context.makeEngine?()
        machine = ConnectionMachine(limits: context.limits, now: .now)
    }

    // MARK: From the shard and the reactor, on the queue

    func start() {
        socket.disableDelay()
        do {
            try context.reactor.register(socket.descriptor, self)
        } catch {
            context.logger.error("connection refused", metadata: ["error": "\(error)"])
            return close(reset: true)
        }
        if let refusal { perform(machine.refuseConnection(refusal, now: .now)) }
    }

    /// The socket became readable, writable, or broken.
    func ready(_ events: UInt32) {
        if isClosed { return }
        if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 {
            isReadable = true
        }
        if events & EPOLLOUT.rawValue != 0 { isWritable = true }
        // Both directions are over. While lingering that is a proper end, which reading finds; otherwise the peer has
        // reset the connection and nobody is there to be answered.
        let isBroken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        if isBroken && !machine.isLingering { return perform(machine.failed()) }
        if isWritable && !output.isEmpty { flush() }
        pump()
    }

    func tick(_ now: ConnectionMachine.Instant) {
        if isClosed { return }
        perform(machine.tick(now: now))
    }

    func drain() {
        if isClosed { return }
        // A request may have arrived that has not been looked at.
        pump()
        if !isClosed { perform(machine.drain()) }
    }

    func cut() {
        if isClosed { return }
        perform(machine.failed())
    }

    // MARK: From the handler of a request

    /// Bytes of the body, `nil` after the last. `serial` says which request asks.
    func nextBody(_ serial: Int) async throws -> [UInt8]? {
        try check(serial)
        if bodyWaiter != nil { throw ConcurrentBodyReads() }
        return try await withCheckedThrowingContinuation { continuation in
            bodyWaiter = continuation
            perform(machine.demandBody(now: .now))
            pump()
        }
    }

    func exemptFromHandlerTime(_ serial: Int) {
        if serial == machine.serial { machine.exemptFromHandlerTime() }
    }

    /// A complete answer.
    func answer(_ serial: Int, _ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: [UInt8]) throws {
        try check(serial)
        noticeDrain()
        perform(machine.beginAnswer(status, fields: fields, length: body.count), thenFlush: false)
        perform(machine.answer(body), thenFlush: false)
        perform(machine.endAnswer())
        flush()
        pump()
    }

    /// The head of an answer whose body follows.
    func beginAnswer(
        _ serial: Int,
        _ status: HTTPResponse.Status,
        _ fields: HTTPFields,
        length: Int?,
        endsOnDrain: Bool
    ) throws {
        try check(serial)
        noticeDrain()
        perform(machine.beginAnswer(status, fields: fields, length: length, endsOnDrain: endsOnDrain))
    }

    /// Shards are drained one after the other: an answer that begins before it is this one's turn says "close" too.
    private func noticeDrain() {
        if context.isDraining { perform(machine.drain()) }
    }

    /// Bytes of the body. Returns when the client has taken enough of what waits.
    func write(_ serial: Int, _ bytes: [UInt8]) async throws {
        try check(serial)
        perform(machine.answer(bytes))
        try check(serial)
        if output.count <= context.limits.outputHighWater { return }
        try await withCheckedThrowingContinuation { writeWaiters.append($0) }
    }

    func endAnswer(_ serial: Int) throws {
        try check(serial)
        perform(machine.endAnswer())
        flush()
        pump()
    }

    /// The answer cannot be completed.
    func abortAnswer(_ serial: Int) {
        if serial == machine.serial { perform(machine.abortAnswer()) }
    }

    private func check(_ serial: Int) throws {
        if isClosed || serial != machine.serial { throw ConnectionLost() }
    }

    // MARK: Inside

    /// Reads as long as there is something and the machine has a use for it.
    private func pump() {
        while isReadable && !isClosed && machine.wantsRead { receive() }
    }

    private func receive() {
        withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 16) { buffer in
            switch socket.receive(buffer) {
            case .bytes(let count):
                let received = UnsafeBufferPointer(rebasing: buffer.bindMemory(to: UInt8.self)[..<count])
                guard engine != nil else { return perform(machine.received(received, now: .now)) }
                receiveThroughEngine(received)
            case .end:
                perform(machine.receivedEnd(now: .now))
            case .wouldBlock:
                isReadable = false
            case .failed:
                perform(machine.failed())
            }
        }
    }

    private func receiveThroughEngine(_ received: UnsafeBufferPointer<UInt8>) {
        do {
            let (plain, reply) = try engine?.open(received) ?? ([], [])
            output.append(reply)
            flush()
            plain.withUnsafeBufferPointer { perform(machine.received($0, now: .now)) }
        } catch {
            context.logger.debug("connection closed", metadata: ["error": "\(error)"])
            perform(machine.failed())
        }
    }

    private func send(_ bytes: [UInt8]) {
        guard engine != nil else { return output.append(bytes) }
        do {
            output.append(try engine?.seal(bytes) ?? [])
        } catch {
            context.logger.debug("connection closed", metadata: ["error": "\(error)"])
            perform(machine.failed())
        }
    }

    private func flush() {
        if isClosed { return }
        let before = output.count
        if before > 0 && isWritable {
            switch output.send(to: socket) {
            case .empty: break
            case .blocked: isWritable = false
            case .broken: return perform(machine.failed())
            }
        }
        let after = output.count
        perform(machine.flushed(remaining: after, progressed: after < before, now: .now), thenFlush: false)
        if after <= context.limits.outputLowWater { wakeWriters(.success(())) }
    }

    private func wakeWriters(_ result: Result<Void, any Error>) {
        let waiters = writeWaiters
        writeWaiters = []
        for waiter in waiters { waiter.resume(with: result) }
    }

    private func wakeReader(_ result: Result<[UInt8]?, any Error>) {
        let waiter = bodyWaiter
        bodyWaiter = nil
        waiter?.resume(with: result)
    }

    private func perform(_ actions: [ConnectionMachine.Action], thenFlush: Bool = true) {
        var hasOutput = false
        for action in actions {
            switch action {
            case .start(let head): run(head)
            case .refuse(let refusal): refuse(refusal)
            case .body(let bytes): wakeReader(.success(bytes))
            case .bodyEnd: wakeReader(.success(nil))
            case .bodyFailed(let failure): wakeReader(.failure(Problem(failure)))
            case .send(let bytes):
                send(bytes)
                hasOutput = true
            case .cancelHandler:
                handler?.cancel()
                wakeReader(.failure(ConnectionLost()))
                wakeWriters(.failure(ConnectionLost()))
            case .shutdownWrite:
                output.append(engine?.seal() ?? [])
                if !output.isEmpty { _ = output.send(to: socket) }
                socket.shutdownWrite()
            case .close: close(reset: false)
            case .reset: close(reset: true)
            }
        }
        if hasOutput && thenFlush { flush() }
    }

    private func run(_ head: RequestHead) {
        let serial = machine.serial
        context.registry.handlerStarted()
        // Detached: handlers run beside this queue, not on it.
        handler = Task.detached { [self, context] in
            await RequestRunner(connection: self, context: context, serial: serial, head: head).run()
            context.registry.handlerEnded()
        }
    }

    private func refuse(_ refusal: ConnectionMachine.Refusal) {
        let problem = Problem(refusal)
        let id = context.nextRequestID()
        let response = context.finish(problem.response(requestID: id), id: id)
        context.logger.info(
            "refused",
            metadata: ["request_id": "\(id)", "status": "\(problem.status.code)", "detail": "\(problem.detail)"]
        )
        guard case .bytes(let body) = response.body else { preconditionFailure("a problem is a document") }
        perform(machine.beginAnswer(response.status, fields: response.fields, length: body.count), thenFlush: false)
        perform(machine.answer(body), thenFlush: false)
        perform(machine.endAnswer(), thenFlush: false)
        flush()
    }

    private func close(reset: Bool) {
        if isClosed { return }
        isClosed = true
        context.reactor.unregister(socket.descriptor)
        shard.assumeIsolated { $0.remove(self) }
        socket.close(reset: reset)
        handler?.cancel()
        handler = nil
        wakeReader(.failure(ConnectionLost()))
        wakeWriters(.failure(ConnectionLost()))
        context.registry.connectionClosed(peer)
    }
}
