import CLinux
@preconcurrency import Dispatch
import Glibc
import Logging
import Synchronization

/// One listening socket. Its readiness comes by a Dispatch source: listening sockets never report EPOLLHUP, the event
/// that Dispatch sources cannot bear.
final class Listener: Sendable {
    /// Connections accepted before the queue gets to do something else.
    private static let acceptsPerTurn = 64

    /// Where it listens, with the port that was found.
    let address: ListenAddress

    private struct State {
        var isSuspended = false
        var isCancelled = false
        /// A descriptor to give up when there are none left, so that a waiting connection can be accepted and closed
        /// instead of waking this source again and again.
        var spare: Int32 = -1
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "net.accept")
    private let source: any DispatchSourceRead
    private let state = Mutex(State())
    private let logger: Logger
    private let descriptorCeiling: Int
    private let mayAccept: @Sendable () -> Bool
    private let accepted: @Sendable (Socket, Peer) -> Void

    /// Listens, and accepts from `activate()` on.
    ///
    /// - Parameters:
    ///   - descriptorCeiling: Connections with this descriptor number or a higher one are closed at once. Numbers are
    ///     given out from below, so this keeps the last ones for everybody else in the process: libdispatch's own
    ///     monitor of its threads traps when it cannot open a file.
    ///   - mayAccept: Asked before each connection; while it says no, connections wait in the backlog.
    ///   - accepted: Takes over each connection.
    init(
        _ resolved: ResolvedAddress,
        logger: Logger,
        descriptorCeiling: Int,
        mayAccept: @escaping @Sendable () -> Bool,
        accepted: @escaping @Sendable (Socket, Peer) -> Void
    ) throws(ServerError) {
        descriptor = try resolved.listen()
        address = ListenAddress(host: resolved.numericHost, port: ResolvedAddress.port(of: descriptor))
        self.logger = logger
        self.descriptorCeiling = descriptorCeiling
        self.mayAccept = mayAccept
        self.accepted = accepted
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        state.withLock { $0.spare = open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }

    func activate() {
        source.setEventHandler { [unowned self] in acceptSome() }
        source.activate()
    }

    /// Stops accepting and closes the socket.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                source.setCancelHandler { [self] in
                    _ = Glibc.close(descriptor)
                    state.withLock { state in
                        _ = Glibc.close(state.spare)
                        state.spare = -1
                    }
                    continuation.resume()
                }
                let wasSuspended = state.withLock { state in
                    state.isCancelled = true
                    defer { state.isSuspended = false }
                    return state.isSuspended
                }
                source.cancel()
                // A suspended source would never run its cancel handler.
                if wasSuspended { source.resume() }
            }
        }
    }

    /// Closes a listener that was never activated; libdispatch does not let go of a source that never ran.
    func abandon() {
        source.setCancelHandler { [self] in
            _ = Glibc.close(descriptor)
            state.withLock { _ = Glibc.close($0.spare) }
        }
        source.activate()
        source.cancel()
    }

    private func acceptSome() {
        for _ in 0..<Self.acceptsPerTurn {
            guard mayAccept() else { return pause() }
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let client = clinux_accept(descriptor, &storage, &length)
            if client >= descriptorCeiling {
                logger.warning("too few descriptors left for a connection", metadata: ["descriptor": "\(client)"])
                Socket(descriptor: client).close(reset: true)
                return pause()
            }
            if client >= 0 {
                accepted(Socket(descriptor: client), Peer(&storage, length))
                continue
            }
            switch errno {
            case EAGAIN: return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                logger.warning("no descriptor left for a connection", metadata: ["errno": "\(errno)"])
                shedOne()
                return pause()
            default:
                // The connection was reset while it waited, or the network reports an error of its own (accept(2)).
                continue
            }
        }
    }

    /// Accepts one connection with the spare descriptor and closes it.
    private func shedOne() {
        state.withLock { state in
            if state.spare >= 0 { _ = Glibc.close(state.spare) }
            let client = clinux_accept(descriptor, nil, nil)
            if client >= 0 { _ = Glibc.close(client) }
            state.spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
        }
    }

    /// Waits a tenth of a second. Runs on the queue, as everything here that touches the source does.
    private func pause() {
        state.withLock { state in
            guard !state.isCancelled, !state.isSuspended else { return }
            state.isSuspended = true
            source.suspend()
        }
        queue.asyncAfter(deadline: .now() + .milliseconds(100)) { [self] in
            let resumes = state.withLock { state in
                defer { state.isSuspended = false }
                return state.isSuspended
            }
            if resumes { source.resume() }
        }
    }
}
