import Synchronization

/// Lists of rows that were expensive to make, sort orders and filtered rows, as many as fit into a budget of memory. The
/// one not asked for longest goes first.
package final class RowLists: Sendable {
    private struct Entry {
        var rows: [Int32]
        var lastUse: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var bytes = 0
        var clock = 0
    }

    private let state = Mutex(State())
    private let budget: Int

    /// - Parameter budget: bytes that the lists may take together; a list that is larger alone is not kept
    package init(budget: Int) {
        self.budget = budget
    }

    /// The list kept under `key`, or what `make` returns, which is kept.
    package func list(_ key: String, _ make: () throws -> [Int32]) rethrows -> [Int32] {
        let known = state.withLock { state in
            state.clock += 1
            state.entries[key]?.lastUse = state.clock
            return state.entries[key]?.rows
        }
        if let known { return known }
        let rows = try make()
        state.withLock { state in
            guard Self.bytes(rows) <= budget, state.entries[key] == nil else { return }
            state.entries[key] = Entry(rows: rows, lastUse: state.clock)
            state.bytes += Self.bytes(rows)
            while state.bytes > budget, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                state.entries[oldest.key] = nil
                state.bytes -= Self.bytes(oldest.value.rows)
            }
        }
        return rows
    }

    /// What is kept, in bytes.
    package var bytes: Int { state.withLock { $0.bytes } }

    private static func bytes(_ rows: [Int32]) -> Int { rows.count * MemoryLayout<Int32>.stride }
}
