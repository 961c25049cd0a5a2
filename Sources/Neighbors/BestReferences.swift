/// The k best references of one query by (exact distance, tie rank), best first.
struct BestReferences {
    private let k: Int
    private var entries: [(distance: Double, rank: UInt64, reference: Int)] = []

    init(k: Int) {
        self.k = k
        entries.reserveCapacity(k + 1)
    }

    /// Distance of the k-th; infinite while there are fewer.
    var farthest: Double { entries.count < k ? .infinity : entries[k - 1].distance }

    /// Reference and distance of each.
    var sorted: [(reference: Int, distance: Double)] { entries.map { ($0.reference, $0.distance) } }

    mutating func offer(_ reference: Int, distance: Double, rank: UInt64) {
        var place = entries.count
        while place > 0, (distance, rank) < (entries[place - 1].distance, entries[place - 1].rank) { place -= 1 }
        guard place < k else { return }
        entries.insert((distance, rank, reference), at: place)
        if entries.count > k { entries.removeLast() }
    }
}

extension NearestNeighbors {
    mutating func set(_ best: BestReferences, for query: Int) throws(NeighborsError) {
        guard best.sorted.count == k else { throw .notFinite(query: query) }
        for (place, entry) in best.sorted.enumerated() {
            positions[query * k + place] = UInt32(entry.reference)
            distances[query * k + place] = entry.distance
        }
    }
}
