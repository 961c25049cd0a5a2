import Synchronization

/// What an actor lets others see without waiting for it: its own thread may be held up by the disk, and those who answer
/// requests are not to be held up with it.
final class Board<Facts: Sendable>: Sendable {
    private let facts: Mutex<Facts>

    init(_ facts: Facts) { self.facts = Mutex(facts) }

    /// What stands there now.
    var current: Facts { facts.withLock { $0 } }

    /// Changes what stands there.
    func change(_ body: (inout sending Facts) -> Void) { facts.withLock { body(&$0) } }
}
