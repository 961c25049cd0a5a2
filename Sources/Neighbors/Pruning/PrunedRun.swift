import Compute

/// A search that compares most pairs in few dimensions only and is exact all the same.
///
/// Every row is shortened to a projection whose distances bound the true ones from below (`ProjectedRows`). All pairs
/// are compared in short form; each query keeps the references with the smallest bounds. The exact distances of the
/// first k of these, and a few, give an upper limit for the k-th nearest; every reference whose bound does not exceed
/// it is then compared exactly. Where a list was too short to hold all of those, the query's bounds are computed anew
/// and all that are within the limit are compared.
final class PrunedRun<Source: ActivationSource> {
    private let search: NeighborSearch
    private let memory: ChunkMemory<Source>
    private let width: Int
    private var best: [BestReferences]
    /// Pairs whose exact distance was computed.
    private var verifiedPairs = 0

    /// Rows and references of a search below which a projection costs more than it spares.
    private static var narrowest: Int { 384 }
    private static var fewestReferences: Int { 1000 }
    /// Where more than this share of the pairs stays open, comparing all of them as matrices is as fast; and where more
    /// directions could be tried, fewer are good enough only below the second share.
    private static var largestPairShare: Double { 0.1 }
    private static var largestFirstShare: Double { 0.02 }
    /// Queries by which that is judged.
    private static var sampledQueries: Int { 256 }
    /// Queries whose bounds are computed anew at a time.
    private static var queriesAtOnce: Int { 512 }

    /// Whether shortening such rows can pay at all.
    static func isWorthTrying(width: Int, references: Int, k: Int) -> Bool {
        width >= narrowest && references >= fewestReferences && references >= 20 * k
    }

    init(_ search: NeighborSearch, plan: ChunkPlan, source: Source) throws {
        self.search = search
        memory = try ChunkMemory(plan: plan, source: source, inPlace: true)
        width = source.width
        best = Array(repeating: BestReferences(k: search.k), count: search.rows.count)
    }

    /// The neighbours; nil where pruning does not pay and the pairs had better be compared in full.
    ///
    /// Few directions are tried first: they suffice for most layers behind a convolution, not for pictures as they are.
    func result(_ progress: (Double) throws -> Void) throws -> NearestNeighbors? {
        let widths = search.references >= 8192 && width >= 768 ? [128, 256] : [128]
        for (place, shortWidth) in widths.enumerated() {
            let share = place == widths.count - 1 ? PrunedRun.largestPairShare : PrunedRun.largestFirstShare
            if let result = try result(shortWidth: shortWidth, within: share, progress) { return result }
        }
        return nil
    }

    /// - Parameters:
    ///   - shortWidth: floats of a short row
    ///   - share: of all pairs; where more stay open the result is nil
    private func result(shortWidth: Int, within share: Double, _ progress: (Double) throws -> Void) throws
        -> NearestNeighbors?
    {
        best = Array(repeating: BestReferences(k: search.k), count: search.rows.count)
        guard let short = try memory.shortened(to: shortWidth, rows: search.rows.count, references: search.references)
        else {
            return nil
        }
        try progress(0.1)
        let bounds = try ShortSearch(search.engine, short, rows: search.rows.count, references: search.references)
        let lists = try bounds.lists(capacity: capacity)
        try progress(0.2)
        let order = try VisitingOrder(short, rows: search.rows.count, references: search.references).positions

        let firsts = min(capacity, search.k + 8)
        for query in search.rows.indices { lists.sort(query) }
        /// The bound up to which references of a query may still be among the k nearest.
        func limit(_ query: Int) -> Double { bounds.limit(distance: best[query].farthest, query: query) }
        /// Those of `queries` that may have neighbours outside of their list, once its first entries are compared.
        func open(_ queries: [Int]) -> [Int] {
            queries.filter {
                lists.cuts[$0].isFinite && Double(lists.cuts[$0]) <= limit($0)
            }
        }
        /// Whether as few references of these queries are left as it takes, by some of them.
        func isWorthwhile(_ open: [Int], of queries: Int) throws -> Bool {
            guard !open.isEmpty else { return true }
            let sample = stride(from: 0, to: open.count, by: max(1, open.count / PrunedRun.sampledQueries)).map {
                open[$0]
            }
            let found = try bounds.references(of: sample, in: 0..<search.references, within: limit)
            let pairs = Double(found.values.reduce(0) { $0 + $1.count }) * Double(open.count) / Double(sample.count)
            return pairs <= share * Double(search.references) * Double(queries)
        }
        if memory.plan.isResident {
            // A sample tells early whether this leads anywhere.
            let sample = stride(from: 0, to: search.rows.count, by: max(1, search.rows.count / 200)).map { $0 }
            try verify(in: sample, areLikely: true, report: { _ in }) { queries, _ in
                queries.map { Array(lists.list(of: $0).prefix(firsts)) }
            }
            let isPromising = try isWorthwhile(open(sample), of: sample.count)
            for query in sample { best[query] = BestReferences(k: search.k) }
            guard isPromising else { return nil }
        }
        try verify(in: order, areLikely: true, report: { try progress(0.2 + 0.4 * $0) }) { queries, _ in
            queries.map { Array(lists.list(of: $0).prefix(firsts)) }
        }

        let open = open(Array(search.rows.indices))
        guard try isWorthwhile(open, of: search.rows.count) else { return nil }
        let isOpen = Set(open)

        try verify(in: order, areLikely: false, report: { try progress(0.6 + 0.4 * $0) }) { queries, targets in
            // Limits are those of what has been found so far.
            let found = try bounds.references(of: queries.filter(isOpen.contains), in: targets, within: limit)
            return queries.map { query in
                let list = lists.list(of: query)
                guard let within = found[query] else {
                    let limit = limit(query)
                    return Array(list.dropFirst(firsts).prefix { Double($0.distance) <= limit })
                }
                let compared = Set(list.prefix(firsts).lazy.map(\.reference))
                return within.filter { !compared.contains($0.reference) }
            }
        }

        var result = NearestNeighbors(k: search.k, queries: search.rows.count)
        for query in search.rows.indices { try result.set(best[query], for: query) }
        result.verifiedPairs = verifiedPairs
        return result
    }

    /// Bounds that each list keeps.
    private var capacity: Int {
        min(search.references, max(4 * search.k, min(192, search.references / 32)))
    }

    // MARK: Exact distances

    /// Computes exact distances of pairs.
    ///
    /// - Parameters:
    ///   - order: in which queries are visited.
    ///   - areLikely: whether the pairs are the most likely neighbours, so that bounds would rule out few.
    ///   - wanted: for each of some queries the references that are to be compared; those among the positions given, and
    ///     perhaps others, which do not count.
    private func verify(
        in order: [Int],
        areLikely: Bool,
        report: (Double) throws -> Void,
        _ wanted: ([Int], Range<Int>) throws -> [[Bound]]
    ) throws {
        var done = 0
        let chunks = memory.plan.chunks.count
        let all = memory.plan.chunks.count(where: \.isReference) * chunks
        try memory.forEachPair { loadedRows, loadedColumns in
            let isSame = loadedRows === loadedColumns
            for (queries, others) in [(loadedRows, loadedColumns), (loadedColumns, loadedRows)].prefix(
                loadedRows.chunk?.isReference == true && !isSame ? 2 : 1
            ) {
                guard let chunk = queries.chunk, let targets = others.chunk?.positions else { continue }
                var pairs = PairDistances(width: width, positions: search.rows.count)
                let present = order.filter(chunk.positions.contains)
                for start in stride(from: 0, to: present.count, by: PrunedRun.queriesAtOnce) {
                    let part = Array(present[start..<min(start + PrunedRun.queriesAtOnce, present.count)])
                    for (query, bounds) in zip(part, try wanted(part, targets)) {
                        let references = bounds.lazy.map { Int($0.reference) }.filter(targets.contains)
                        pairs.append(query, in: queries, references, in: others)
                        if pairs.isFull { try verify(&pairs, areLikely: areLikely, queries, others) }
                    }
                    try report((Double(done) + Double(start) / Double(present.count)) / Double(all))
                }
                try verify(&pairs, areLikely: areLikely, queries, others)
                done += 1
                try report(Double(done) / Double(all))
            }
        }
    }

    private func verify(
        _ all: inout PairDistances,
        areLikely: Bool,
        _ queries: LoadedChunk,
        _ others: LoadedChunk
    ) throws {
        verifiedPairs += all.count
        if areLikely {
            try offer(&all)
        } else {
            let bounds = try all.bounds()
            var open = PairDistances(width: width, positions: search.rows.count)
            for (query, pairs) in all.runs {
                let farthest = best[query].farthest
                let left = zip(pairs, all.partners(of: pairs)).lazy.filter { bounds[$0.0].lower <= farthest }.map(\.1)
                open.append(query, in: queries, left, in: others)
            }
            try offer(&open)
        }
        all.removeAll()
    }

    private func offer(_ all: inout PairDistances) throws {
        let distances = try all.exact()
        for (query, pairs) in all.runs {
            for (pair, reference) in zip(pairs, all.partners(of: pairs)) where distances[pair] <= best[query].farthest {
                best[query].offer(
                    reference,
                    distance: distances[pair],
                    rank: search.ties.rank(of: search.rows[reference])
                )
            }
        }
    }
}
