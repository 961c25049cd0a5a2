import CLinux
import Dispatch
@preconcurrency import Files
import Glibc
import Synchronization

/// Something that waits for its socket, on a queue of its own.
protocol SocketWaiter: Actor {
    /// Where it runs.
    nonisolated var executor: QueueExecutor { get }

    /// Its socket is ready for what these bits of epoll say.
    func ready(_ events: UInt32)
}

/// Readiness of all client sockets: one epoll descriptor on which one thread, that of the queue `net.reactor`, waits.
///
/// Dispatch sources are not used for clients. On Linux libdispatch frees its record of a descriptor on another thread
/// while its manager still walks it after EPOLLHUP, which every reset connection causes; under a storm of resets that
/// crashed, and lost events, within seconds.
///
/// Registration is edge-triggered for both directions at once, so that no system call is needed per request; a
/// connection remembers that its socket was ready until a call says that it is not.
final class Reactor<Waiter: SocketWaiter>: Sendable {
    private struct Slot {
        /// How often this descriptor number was registered. Events carry it, so one that was meant for a socket that
        /// has been closed since does not reach the next socket of that number.
        var generation: UInt32 = 0
        var waiter: Waiter?
    }

    private static var wakeToken: UInt64 { .max }

    private let epoll: Int32
    private let wake: Int32
    private let queue = DispatchQueue(label: "net.reactor")
    private let slots = Mutex<[Slot]>([])
    private let isStopping = Atomic(false)

    init() throws(ServerError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        if epoll < 0 { throw .system(call: "epoll_create1", code: errno) }
        wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if wake < 0 {
            let code = errno
            close(epoll)
            throw .system(call: "eventfd", code: code)
        }
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: Self.wakeToken))
        if epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) < 0 {
            let code = errno
            close(wake)
            close(epoll)
            throw .system(call: "epoll_ctl", code: code)
        }
    }

    /// Begins to wait for events.
    func start() {
        queue.async { self.run() }
    }

    /// Ends the thread and closes the descriptors. Every waiter must have left.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        var one: UInt64 = 1
        // The counter cannot be full: it is read whenever it is not zero.
        _ = write(wake, &one, MemoryLayout<UInt64>.size)
    }

    /// Closes the descriptors of a reactor that was never started.
    func abandon() {
        close(wake)
        close(epoll)
    }

    /// Reports the readiness of `descriptor` to `waiter` from now on; what is ready already is reported, too.
    func register(_ descriptor: Int32, _ waiter: Waiter) throws(ServerError) {
        let index = Int(descriptor)
        let generation = slots.withLock { slots in
            while slots.count <= index { slots.append(Slot()) }
            slots[index].generation &+= 1
            slots[index].waiter = waiter
            return slots[index].generation
        }
        let token = UInt64(generation) << 32 | UInt64(UInt32(descriptor))
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        var event = epoll_event(events: interest, data: epoll_data_t(u64: token))
        if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0 {
            let code = errno
            slots.withLock { $0[index].waiter = nil }
            throw .system(call: "epoll_ctl", code: code)
        }
    }

    /// Reports nothing more. To be called before the descriptor is closed.
    func unregister(_ descriptor: Int32) {
        slots.withLock { $0[Int(descriptor)].waiter = nil }
        var unused = epoll_event()
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &unused)
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while true {
            let count = Int(epoll_wait(epoll, &events, Int32(events.count), -1))
            if count < 0 {
                precondition(errno == EINTR, "epoll_wait failed: \(errno)")
                continue
            }
            for event in events[..<count] where event.data.u64 == Self.wakeToken {
                if isStopping.load(ordering: .acquiring) {
                    close(wake)
                    close(epoll)
                    return
                }
            }
            let ready = slots.withLock { slots in
                events[..<count].compactMap { event -> (Waiter, UInt32)? in
                    let index = Int(event.data.u64 & 0xFFFF_FFFF)
                    guard index < slots.count, UInt64(slots[index].generation) == event.data.u64 >> 32,
                        let waiter = slots[index].waiter
                    else { return nil }
                    return (waiter, event.events)
                }
            }
            for (waiter, events) in ready {
                waiter.executor.queue.async { waiter.assumeIsolated { $0.ready(events) } }
            }
        }
    }
}
