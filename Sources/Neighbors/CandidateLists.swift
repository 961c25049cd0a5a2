/// One reference in a list of candidates.
protocol Candidate {
    /// What the list is ordered by: a squared distance, approximate or bounded from below.
    var distance: Float { get }
    /// Position of the reference, or its place where the lists' owner has another order.
    var reference: UInt32 { get }

    init(distance: Float, reference: UInt32)
}

/// For each query the references with the smallest distances, at least `capacity` of them, in no order until they are
/// sorted.
final class CandidateLists<Entry: Candidate>: CandidateStore {
    let capacity: Int
    let cuts: UnsafeMutablePointer<Float>
    /// Entries that a list can hold before all but the best `capacity` are dropped.
    private let room: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let counts: UnsafeMutablePointer<Int32>

    init(queries: Int, capacity: Int, slack: Int) {
        self.capacity = capacity
        room = Self.room(queries: queries, capacity: capacity)
        entries = .allocate(capacity: queries * room)
        counts = .allocate(capacity: queries)
        counts.initialize(repeating: 0, count: queries)
        cuts = .allocate(capacity: queries + slack)
        cuts.initialize(repeating: .infinity, count: queries + slack)
    }

    /// Twice as many as are kept spare some sorting out, a third more some memory.
    private static func room(queries: Int, capacity: Int) -> Int {
        queries * capacity <= 4_000_000 ? 2 * capacity : capacity + max(16, capacity / 3)
    }

    /// Bytes of the lists of so many queries.
    static func bytes(queries: Int, capacity: Int) -> Int {
        queries * room(queries: queries, capacity: capacity) * MemoryLayout<Entry>.stride
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
        (entries + query * room + count).initialize(to: Entry(distance: distance, reference: UInt32(reference)))
        counts[query] += 1
        if count + 1 == room { trim(query) }
    }

    /// Drops all but the best `capacity`.
    func trim(_ query: Int) {
        let list = list(of: query)
        guard list.count > capacity else { return }
        Self.select(capacity, of: list)
        counts[query] = Int32(capacity)
        cuts[query] = min(cuts[query], list[..<capacity].reduce(0) { max($0, $1.distance) })
    }

    /// Drops all but the best `capacity` and orders them, smallest distance first.
    func sort(_ query: Int) {
        trim(query)
        var list = list(of: query)
        list.sort { ($0.distance, $0.reference) < ($1.distance, $1.reference) }
    }

    /// Hoare's selection: the `count` smallest distances first, in no order.
    private static func select(_ count: Int, of list: UnsafeMutableBufferPointer<Entry>) {
        var low = 0
        var high = list.count - 1
        while low < high {
            let pivot = list[(low + high) / 2].distance
            var left = low
            var right = high
            while left <= right {
                while list[left].distance < pivot { left += 1 }
                while list[right].distance > pivot { right -= 1 }
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
