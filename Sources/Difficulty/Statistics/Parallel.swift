import Dispatch

/// Work on independent parts, on all cores; results depend on the part only, so the same input gives the same bits.
enum Parallel {
    /// What `body` makes of each number below `count`, in order.
    static func map<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
        guard count > 1 else { return (0..<count).map(body) }
        return [Result](unsafeUninitializedCapacity: count) { buffer, written in
            // Each iteration initialises its own element, and all have ended before the buffer is read.
            nonisolated(unsafe) let start = buffer.baseAddress!
            DispatchQueue.concurrentPerform(iterations: count) { (start + $0).initialize(to: body($0)) }
            written = count
        }
    }

    /// Changes each element in place.
    static func forEach<Element: Sendable>(_ elements: inout [Element], _ body: @Sendable (inout Element) -> Void) {
        elements.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            // Each iteration has an element of its own, and all have ended before the array is used again.
            nonisolated(unsafe) let start = base
            DispatchQueue.concurrentPerform(iterations: buffer.count) { body(&start[$0]) }
        }
    }
}
