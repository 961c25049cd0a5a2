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
    /// Where more than this share of the pairs stays open, the activations do not lend themselves to pruning; and more
    /// pairs than this at a time would take too much memory, 8 bytes each.
    private static var largestPairShare: Double { 0.1 }
    private static var mostPairs: Double { 64_000_000 }

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
        for shortWidth in widths {
            if let result = try result(shortWidth: shortWidth, progress) { return result }
        }
        return nil
    }

    private func result(shortWidth: Int, _ progress: (Double) throws -> Void) throws -> NearestNeighbors? {
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
        /// Those of `queries` that may have neighbours outside of their list, once its first entries are compared.
        func open(_ queries: [Int]) -> [Int] {
            queries.filter {
                lists.cuts[$0].isFinite
                    && Double(lists.cuts[$0]) <= bounds.limit(distance: best[$0].farthest, query: $0)
            }
        }
        /// Bounds up to which references of some queries may still be among the k nearest.
        func limits(_ queries: [Int]) -> [Double] {
            var limits = [Double](repeating: 0, count: search.rows.count)
            for query in queries { limits[query] = bounds.limit(distance: best[query].farthest, query: query) }
            return limits
        }
        let pairs = Double(search.references) * Double(search.rows.count)
        let most = Int(min(PrunedRun.largestPairShare * pairs, PrunedRun.mostPairs))
        if memory.plan.isResident {
            // A sample tells early whether this leads anywhere.
            let sample = stride(from: 0, to: search.rows.count, by: max(1, search.rows.count / 200)).map { $0 }
            try verify(in: sample, isSelected: true, report: { _ in }) { Array(lists.list(of: $0).prefix(firsts)) }
            let (openSample, limits) = (open(sample), limits(sample))
            for query in sample { best[query] = BestReferences(k: search.k) }
            let part = most * sample.count / search.rows.count
            guard try bounds.references(within: limits, of: openSample, most: part) != nil else { return nil }
        }
        try verify(in: order, isSelected: true, report: { try progress(0.2 + 0.4 * $0) }) { query in
            Array(lists.list(of: query).prefix(firsts))
        }

        let limits = limits(Array(search.rows.indices))
        let open = open(Array(search.rows.indices))
        guard let rescanned = try bounds.references(within: limits, of: open, most: most) else { return nil }

        try verify(in: order, isSelected: false, report: { try progress(0.6 + 0.4 * $0) }) { query in
            if let found = rescanned[query] {
                let compared = Set(lists.list(of: query).prefix(firsts).lazy.map(\.reference))
                return found.filter { !compared.contains($0.reference) }
            }
            return Array(lists.list(of: query).dropFirst(firsts).prefix { Double($0.distance) <= limits[query] })
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
    ///   - isSelected: whether the pairs are the most likely neighbours, so that bounds would rule out few.
    ///   - wanted: the references of a query that are to be compared.
    private func verify(
        in order: [Int],
        isSelected: Bool,
        report: (Double) throws -> Void,
        _ wanted: (Int) -> [Bound]
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
                var group = PairGroup(width: width, rows: search.rows.count)
                for (place, query) in order.enumerated() where chunk.positions.contains(query) {
                    let references = wanted(query).lazy.map { Int($0.reference) }.filter(targets.contains)
                    group.append(query, references, queries, others)
                    if group.isFull {
                        try verify(&group, isSelected: isSelected, queries, others)
                        try report((Double(done) + Double(place) / Double(order.count)) / Double(all))
                    }
                }
                try verify(&group, isSelected: isSelected, queries, others)
                done += 1
            }
        }
    }

    private func verify(
        _ group: inout PairGroup,
        isSelected: Bool,
        _ queries: LoadedChunk,
        _ others: LoadedChunk
    ) throws {
        verifiedPairs += group.count
        if isSelected {
            try offer(&group)
        } else {
            let bounds = try group.bounds()
            var open = PairGroup(width: width, rows: search.rows.count)
            for (query, pairs) in group.queries {
                let left = pairs.filter { bounds[$0].lower <= best[query].farthest }.map { group.references[$0] }
                open.append(query, left, queries, others)
            }
            try offer(&open)
        }
        group.removeAll()
    }

    private func offer(_ group: inout PairGroup) throws {
        let distances = try group.exact()
        for (query, pairs) in group.queries {
            for pair in pairs where distances[pair] <= best[query].farthest {
                let reference = group.references[pair]
                best[query].offer(
                    reference,
                    distance: distances[pair],
                    rank: search.ties.rank(of: search.rows[reference])
                )
            }
        }
    }
}
