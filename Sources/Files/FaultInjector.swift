/// The seam where tests make the disk fail: asked before each system call of `Files`, it may answer with the `errno`
/// that the call is to fail with.
///
/// kill -9 alone cannot test durability, because the kernel keeps what was written; a full disk, a failing fsync or a
/// rename that never happens can only be seen through a seam like this one.
public struct FaultInjector: Sendable {
    /// A system call about to be made.
    public struct Call: Sendable, Hashable {
        /// The system call, such as `write`, `fsync`, `rename`.
        public var operation: String
        /// The path it works on; for `rename` the new one.
        public var path: String
    }

    private let decide: @Sendable (Call) -> Int32?
    /// The bytes that the disk is said to have free; nil for the true ones.
    let freeSpace: @Sendable () -> UInt64?

    /// - Parameter decide: the `errno` to fail with, or nil to let the call pass. It is called from any thread.
    public init(_ decide: @escaping @Sendable (Call) -> Int32?) {
        self.decide = decide
        freeSpace = { nil }
    }

    /// - Parameter freeSpace: the bytes that the disk is said to have free. It is called from any thread.
    public init(freeSpace: @escaping @Sendable () -> UInt64) {
        self.freeSpace = freeSpace
        decide = { _ in nil }
    }

    func check(_ operation: String, _ path: String) throws(FilesError) {
        if let code = decide(Call(operation: operation, path: path)) {
            throw FilesError(operation: operation, path: path, code: code)
        }
    }
}
