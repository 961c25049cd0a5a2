import Foundation
import Synchronization

/// Sees when one example takes a network too much processor time: what was quick with the picture that it was looked at with may
/// never end with another.
package final class Watchdog: Sendable {
    /// Seconds of processor time that an example may take; as much as the whole inspection of a network.
    package static let seconds = 60.0

    private struct Run {
        var row: Int
        /// Processor seconds of this process when it began.
        var begin: Double
    }

    private let run = Mutex<Run?>(nil)

    /// - Parameters:
    ///   - seconds: that an example may take
    ///   - overdue: called on a thread of its own with the row of one that took more
    package init(seconds: Double = Watchdog.seconds, overdue: @escaping @Sendable (_ row: Int) -> Void) {
        Thread.detachNewThread { [weak self] in
            while true {
                usleep(UInt32(min(0.5, seconds / 4) * 1e6))
                guard let self else { return }
                if let late = self.late(after: seconds) { overdue(late) }
            }
        }
    }

    /// The row that has taken more; nil where none has.
    private func late(after seconds: Double) -> Int? {
        run.withLock { $0.flatMap { Self.processorSeconds() - $0.begin > seconds ? $0.row : nil } }
    }

    /// Runs something with a row.
    package func watching<T>(_ row: Int, _ body: () throws -> T) rethrows -> T {
        run.withLock { $0 = Run(row: row, begin: Self.processorSeconds()) }
        defer { run.withLock { $0 = nil } }
        return try body()
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
