import Compute

/// Pairs of a query and a reference whose distances are computed together.
struct PairGroup {
    /// Pairs beyond which a group is computed: enough that a reference is fetched for many of its queries at once. Queries
    /// come in an order in which those that follow each other share references, so that a slice of all their rows is some
    /// megabytes, which the cache holds.
    private static let most = 524_288

    /// Each query with the places of its pairs.
    private(set) var queries: [(query: Int, pairs: Range<Int>)] = []
    /// By pair.
    private(set) var references: [Int] = []
    private var distances: PairDistances

    /// - Parameters:
    ///   - width: floats of a row
    ///   - rows: rows of the search in all
    init(width: Int, rows: Int) {
        distances = PairDistances(width: width, positions: rows)
    }

    var count: Int { references.count }
    var isFull: Bool { count >= PairGroup.most }

    mutating func removeAll() {
        queries.removeAll(keepingCapacity: true)
        references.removeAll(keepingCapacity: true)
        distances.removeAll()
    }

    /// Adds the pairs of a query and some references.
    mutating func append(
        _ query: Int,
        _ partners: some Sequence<Int>,
        _ rows: LoadedChunk,
        _ others: LoadedChunk
    ) {
        let first = count
        references.append(contentsOf: partners)
        guard count > first else { return }
        queries.append((query, first..<count))
        distances.append(query, at: rows.row(query), references[first...]) { UnsafePointer(others.row($0)) }
    }

    /// By pair, two numbers between which the squared distance lies.
    mutating func bounds() throws -> [(lower: Double, upper: Double)] { try distances.bounds() }

    /// By pair, the squared distance.
    mutating func exact() throws -> [Double] { try distances.exact() }
}
