import Foundation
import Synchronization
package import Tasks

/// One run of a child: the one way in which this program starts one. It can be ended early, and says what came of it.
///
/// The child runs in a task of its own, and only that task is cancelled: what follows a child's end are writes to the
/// store, which GRDB refuses in a cancelled task, and which must happen all the more when a child was stopped.
package struct Child: Sendable {
    /// What came of a child.
    package struct Outcome: Sendable {
        /// How it ended.
        package var exit: ChildExit
        /// Why it failed, in its own words; nil where it said nothing of the kind.
        package var failure: ChildLine?
        /// What it was asked to find out; nil where it was asked for nothing or did not say it.
        package var result: JSON?
        /// Whether the file stands that a child writes last: success is proved by it, not by an exit code.
        package var isProven: Bool

        /// Parameters are those of the properties.
        package init(exit: ChildExit, failure: ChildLine? = nil, result: JSON? = nil, isProven: Bool = false) {
            self.exit = exit
            self.failure = failure
            self.result = result
            self.isProven = isProven
        }

        /// Whether it ended because somebody asked: this process did, or the whole service is being stopped, which sends
        /// children a SIGTERM of their own.
        package var wasStopped: Bool { exit == .signalled(SIGTERM) || failure?.code == "INTERRUPTED" }
    }

    private let task: Task<Outcome, Never>

    /// Starts it.
    ///
    /// - Parameters:
    ///   - child: what to run
    ///   - launcher: runs it
    ///   - started: told its process id
    ///   - received: told each line that is not about its failure
    ///   - proof: whether the file stands that it writes last
    init(
        _ child: ChildTask,
        by launcher: any Launcher,
        started: @escaping @Sendable (Int32) async -> Void = { _ in },
        received: @escaping @Sendable (ChildLine) async -> Void = { _ in },
        proof: @escaping @Sendable () -> Bool = { false }
    ) {
        task = Task {
            let said = Said()
            let exit = await launcher.run(child, started: started) { line in
                if !said.keep(line) { await received(line) }
            }
            let (failure, result) = said.both
            return Outcome(exit: exit, failure: failure, result: result, isProven: proof())
        }
    }

    /// What came of it, once it has ended.
    var outcome: Outcome { get async { await task.value } }

    /// Asks it to end; see `Launcher`.
    func stop() { task.cancel() }

    /// What a child said that counts only once it has ended.
    private final class Said: Sendable {
        private let state = Mutex<(failure: ChildLine?, result: JSON?)>((nil, nil))

        var both: (failure: ChildLine?, result: JSON?) { state.withLock { $0 } }

        /// Whether the line is of that kind.
        func keep(_ line: ChildLine) -> Bool {
            switch line.t {
            case .failed: state.withLock { $0.failure = line }
            case .result: state.withLock { $0.result = line.values }
            case .progress, .done, .note, .preview: return false
            }
            return true
        }
    }
}
