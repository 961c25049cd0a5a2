/// Does blocking work on a queue of its own, one piece after the other, so that it occupies no thread of the cooperative
/// pool, which on a small machine has two.
public actor DiskQueue {
    /// The queue that the work is done on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor: QueueExecutor

    /// - Parameter label: names the queue, for people who look at threads
    public init(label: String) { executor = QueueExecutor(label: label) }

    /// Does a piece of work.
    public func run<T: Sendable>(_ work: @Sendable () throws -> T) throws -> T { try work() }
}
