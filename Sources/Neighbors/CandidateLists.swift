/// For each query the references that are nearest by approximate distance, nearest first, as many as `capacity`.
final class CandidateLists: CandidateStore {
    /// One reference in a list.
    struct Entry {
        /// Approximate squared distance.
        var distance: Float
        /// Position of the reference.
        var reference: UInt32
        /// Exact squared distance; NaN where it was not needed so far.
        var exact: Double
    }

    let capacity: Int
    /// queries x capacity.
    private let entries: UnsafeMutablePointer<Entry>
    private let counts: UnsafeMutablePointer<Int32>
    let cuts: UnsafeMutablePointer<Float>

    init(queries: Int, capacity: Int, slack: Int) {
        self.capacity = capacity
        entries = .allocate(capacity: queries * capacity)
        entries.initialize(
            repeating: Entry(distance: .infinity, reference: 0, exact: .nan),
            count: queries * capacity
        )
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

    /// The entries of one query, nearest first.
    func list(of query: Int) -> UnsafeMutableBufferPointer<Entry> {
        UnsafeMutableBufferPointer(start: entries + query * capacity, count: Int(counts[query]))
    }

    /// The farthest of a full list drops out.
    func insert(_ reference: Int, distance: Float, query: Int) {
        let start = entries + query * capacity
        var place = min(Int(counts[query]), capacity - 1)
        while place > 0, start[place - 1].distance > distance {
            start[place] = start[place - 1]
            place -= 1
        }
        start[place] = Entry(distance: distance, reference: UInt32(reference), exact: .nan)
        if counts[query] < capacity { counts[query] += 1 }
        if counts[query] == capacity { cuts[query] = start[capacity - 1].distance }
    }
}
