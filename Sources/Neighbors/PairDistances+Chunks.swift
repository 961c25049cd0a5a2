import Compute

extension PairDistances {
    /// Pairs beyond which they are computed: enough that a reference is fetched for many of its queries at once.
    static var most: Int { 524_288 }

    var isFull: Bool { count >= Self.most }

    /// Adds the pairs of a query and some references, whose rows are in memory.
    mutating func append(
        _ query: Int,
        in rows: LoadedChunk,
        _ references: some Sequence<Int>,
        in others: LoadedChunk
    ) {
        append(query, at: rows.start(of: query), Array(references)) { UnsafeRawPointer(others.start(of: $0)) }
    }
}
