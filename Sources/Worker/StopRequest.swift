import Foundation
import Synchronization
import Tasks

/// The wish that this worker end: SIGTERM, or the end of standard input, which tells that the service is gone.
///
/// While the network trains the wish is left to the training loop, which writes a checkpoint first. Otherwise there is
/// nothing to save, and the process ends at once.
public final class StopRequest: Sendable {
    private struct State {
        var isRequested = false
        var isTraining = false
    }

    private let state = Mutex(State())

    /// No wish yet.
    public init() {}

    /// Takes SIGTERM and the end of standard input as the wish to end, from now on.
    ///
    /// - Returns: what sees the signal; to be kept for as long as it is to be seen.
    func listen() -> any DispatchSourceSignal {
        // A progress line that nobody reads any more may not end the process before its checkpoint is written.
        signal(SIGPIPE, SIG_IGN)
        // Taken from the queue of pending signals, never by a handler on a thread that computes: oneDNN's kernels of products
        // put the stack pointer into their buffers, and the frame of a handler would lie on the heap
        // (https://github.com/uxlfoundation/oneDNN/issues/4845). Threads that start from here on inherit the mask.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler { self.request() }
        source.activate()
        ParentWatch.start { self.request() }
        return source
    }

    /// Whether the training loop is to end.
    public var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Leaves requests to the training loop.
    public func beginTraining() { state.withLock { $0.isTraining = true } }

    /// Ends the process at once on a request, and now where there was one.
    public func endTraining() {
        state.withLock {
            $0.isTraining = false
            if $0.isRequested { Self.leave() }
        }
    }

    private func request() {
        state.withLock {
            $0.isRequested = true
            if !$0.isTraining { Self.leave() }
        }
    }

    private static func leave() -> Never {
        let failure = WorkerFailure(WorkerError.interrupted(epoch: nil))
        failure.line.print()
        _exit(failure.exitCode)
    }
}
