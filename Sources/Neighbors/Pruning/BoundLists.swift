/// For each query the references with the smallest lower bounds, at least `capacity` of them, in no order.
final class BoundLists: CandidateStore {
    /// One reference in a list.
    struct Entry {
        /// Lower bound of the squared distance, as computed in float32.
        var bound: Float
        /// Position of the reference.
        var reference: UInt32
    }

    let capacity: Int
    let cuts: UnsafeMutablePointer<Float>
    /// Entries that a list can hold before all but the best `capacity` are dropped.
    private let room: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let counts: UnsafeMutablePointer<Int32>

    init(queries: Int, capacity: Int, slack: Int) {
        self.capacity = capacity
        // Twice as many spare some sorting out, a third more some memory.
        room = queries * capacity <= 4_000_000 ? 2 * capacity : capacity + max(16, capacity / 3)
        entries = .allocate(capacity: queries * room)
        counts = .allocate(capacity: queries)
        counts.initialize(repeating: 0, count: queries)
        cuts = .allocate(capacity: queries + slack)
        cuts.initialize(repeating: .infinity, count: queries + slack)
    }

    deinit {
        entries.deallocate()
        counts.deallocate()
        cuts.deallocate()
    }

    /// The entries of one query.
    func list(of query: Int) -> UnsafeMutableBufferPointer<Entry> {
        UnsafeMutableBufferPointer(start: entries + query * room, count: Int(counts[query]))
    }

    func insert(_ reference: Int, distance: Float, query: Int) {
        let count = Int(counts[query])
        (entries + query * room + count).initialize(to: Entry(bound: distance, reference: UInt32(reference)))
        counts[query] += 1
        if count + 1 == room { trim(query) }
    }

    /// Drops all but the best `capacity`.
    func trim(_ query: Int) {
        let list = list(of: query)
        guard list.count > capacity else { return }
        BoundLists.select(capacity, of: list)
        counts[query] = Int32(capacity)
        cuts[query] = min(cuts[query], list[..<capacity].reduce(0) { max($0, $1.bound) })
    }

    /// Drops all but the best `capacity` and orders them, smallest bound first.
    func sort(_ query: Int) {
        trim(query)
        var list = list(of: query)
        list.sort { ($0.bound, $0.reference) < ($1.bound, $1.reference) }
    }

    /// Hoare's selection: the `count` smallest bounds first, in no order.
    private static func select(_ count: Int, of list: UnsafeMutableBufferPointer<Entry>) {
        var low = 0
        var high = list.count - 1
        while low < high {
            let pivot = list[(low + high) / 2].bound
            var left = low
            var right = high
            while left <= right {
                while list[left].bound < pivot { left += 1 }
                while list[right].bound > pivot { right -= 1 }
                if left <= right {
                    list.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if count - 1 <= right {
                high = right
            } else if count - 1 >= left {
                low = left
            } else {
                return
            }
        }
    }
}
