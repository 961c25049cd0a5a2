import Compute
import Recipes

/// A search that compares most pairs in few dimensions only and is exact all the same.
///
/// Every row is shortened to a projection whose distances bound the true ones from below (`ProjectedRows`). All pairs
/// are compared in short form; each query keeps the references with the smallest bounds. The exact distances of the
/// first k of these, and a few, give an upper limit for the k-th nearest; every reference whose bound does not exceed
/// it is then compared in full: by fast arithmetic first, and exactly where that leaves it open. Where a list was too
/// short to hold all of those, the query's bounds are computed anew and all that are within the limit are compared.
final class PrunedRun<Source: ActivationSource> {
    private let search: NeighborSearch
    private let memory: ChunkMemory<Source>
    private let width: Int
    private var best: [BestReferences]
    /// Pairs that were compared in full.
    private var verifiedPairs = 0

    /// Rows and references of a search below which a projection costs more than it spares.
    private static var narrowest: Int { 384 }
    private static var fewestReferences: Int { 1000 }
    /// Bounds that are looked at together.
    private static var boundsAtOnce: Int { 1 << 22 }
    /// Queries whose references are looked up at a time: fewer where each leaves many open.
    private var queriesAtOnce = 64
    /// Queries of the sample whose rows are in memory at a time.
    private static var judgedTogether: Int { 8 }
    /// References, near each other in the visiting order, that all of these queries are compared with before others are.
    private static var referencesAtOnce: Int { 2048 }

    /// Whether shortening such rows can pay at all.
    static func isWorthTrying(width: Int, references: Int, k: Int) -> Bool {
        width >= narrowest && references >= fewestReferences && references >= 20 * k
    }

    init(_ search: NeighborSearch, plan: ChunkPlan, source: Source) throws {
        self.search = search
        memory = try ChunkMemory(plan: plan, source: source, precision: source.precision, inPlace: true)
        width = source.width
        best = Array(repeating: BestReferences(k: search.k), count: search.rows.count)
    }

    /// The neighbours; nil where pruning does not pay and the pairs had better be compared in full.
    ///
    /// Few directions are tried first: they suffice for most layers behind a convolution, not for pictures as they are.
    func result(_ progress: (Double) throws -> Void) throws -> NearestNeighbors? {
        let choice = ShortWidths(width: width, references: search.references)
        var next: Int? = choice.first
        while let shortWidth = next {
            let precision = search.precision(width: shortWidth)
            guard
                let short = try memory.shortened(
                    to: shortWidth,
                    rows: search.rows.count,
                    references: search.references,
                    isRounded: precision == .bf16
                )
            else { return nil }
            try progress(0.1)
            let bounds = try ShortSearch(
                search.engine,
                short,
                chunks: memory.plan.chunks.map(\.positions),
                references: search.references,
                precision: precision
            )
            let share = try openShare(bounds)
            let perQuery = Int(share * Double(search.references)) + firsts
            queriesAtOnce = max(64, min(4096, Self.boundsAtOnce / perQuery))
            next = choice.next(after: shortWidth, openShare: share)
            if next == nil { return choice.isWorthwhile(openShare: share) ? try result(short, bounds, progress) : nil }
        }
        return nil
    }

    /// References whose exact distance is computed at once: likely neighbours.
    private var firsts: Int { min(capacity, search.k + 8) }

    /// The share of all pairs that bounds leave open beside the first ones, by a sample of the queries.
    private func openShare(_ bounds: ShortSearch) throws -> Double {
        let rows = search.rows.count
        let sample = stride(from: 0, to: rows, by: max(1, rows / ShortWidths.sampledQueries(of: rows))).map { $0 }
        let memory = try FloatMemory(count: Self.judgedTogether * (1 + firsts) * width)
        // All their bounds are in memory at once, at most 64 MiB of them where the references allow it.
        let bounded = max(Self.judgedTogether, (1 << 26) / (search.references * MemoryLayout<Bound>.stride))
        var open = 0
        for start in stride(from: 0, to: sample.count, by: bounded) {
            let part = Array(sample[start..<min(start + bounded, sample.count)])
            let found = try bounds.references(of: part, in: 0..<search.references, within: { _ in .infinity })
            for first in stride(from: 0, to: part.count, by: Self.judgedTogether) {
                let queries = Array(part[first..<min(first + Self.judgedTogether, part.count)])
                open += try openPairs(of: queries, among: found, bounds, memory)
            }
        }
        return Double(open) / (Double(sample.count) * Double(search.references))
    }

    /// Pairs of some queries, beside the first ones, that bounds leave open once these are compared.
    ///
    /// - Parameters:
    ///   - found: all bounds, by query
    ///   - memory: room for the rows of the queries and of their first references
    private func openPairs(
        of queries: [Int],
        among found: [Int: [Bound]],
        _ bounds: ShortSearch,
        _ memory: FloatMemory
    ) throws -> Int {
        let nearest = queries.map { found[$0, default: []].sorted { $0.distance < $1.distance } }
        let firsts = nearest.map { $0.prefix(self.firsts).map { Int($0.reference) } }
        try self.memory.copy(queries + firsts.flatMap { $0 }, to: memory.start)
        var next = memory.start + queries.count * width
        var open = 0
        for (place, query) in queries.enumerated() {
            var best = BestReferences(k: search.k)
            for reference in firsts[place] {
                let distance = SquaredDistance.between(memory.start + place * width, next, width: width)
                best.offer(reference, distance: distance, rank: search.ties.rank(of: search.rows[reference]))
                next += width
            }
            let limit = bounds.limit(distance: best.farthest, query: query)
            open += nearest[place].dropFirst(self.firsts).prefix { Double($0.distance) <= limit }.count
        }
        return open
    }

    private func result(_ short: ProjectedRows, _ bounds: ShortSearch, _ progress: (Double) throws -> Void) throws
        -> NearestNeighbors
    {
        let order = bounds.order
        let lists = try bounds.lists(capacity: capacity)
        try progress(0.2)

        func list(_ query: Int) -> UnsafeMutableBufferPointer<Bound> { lists.list(of: order.place(of: query)) }
        /// The bound up to which references of a query may still be among the k nearest.
        func limit(_ query: Int) -> Double { bounds.limit(distance: best[query].farthest, query: query) }

        try verify(in: order, areLikely: true, report: { try progress(0.2 + 0.2 * $0) }) { queries, _ in
            queries.map { Array(list($0).prefix(firsts)) }
        }
        // Those that may have neighbours outside of their list.
        let isOpen = Set(
            search.rows.indices.filter { query in
                let cut = lists.cuts[order.place(of: query)]
                return cut.isFinite && Double(cut) <= limit(query)
            }
        )
        try verify(in: order, areLikely: false, report: { try progress(0.4 + 0.6 * $0) }) { queries, targets in
            // Limits are those of what has been found so far.
            let found = try bounds.references(of: queries.filter(isOpen.contains), in: targets, within: limit)
            return queries.map { query in
                let list = list(query)
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
    private var capacity: Int { Self.capacity(references: search.references, k: search.k) }

    private static func capacity(references: Int, k: Int) -> Int {
        min(references, max(4 * k, min(192, references / 32)))
    }

    /// Bytes beside the rows: directions and the sample that they are fitted to, or short rows, a copy of them in blocks,
    /// the lists, a slice of every row, bounds and pairs; 0 where it is not worth trying.
    static func bytes(rows: Int, width: Int, k: Int) -> Int {
        guard isWorthTrying(width: width, references: rows, k: k) else { return 0 }
        let float = MemoryLayout<Float>.stride
        let widest = ShortWidths(width: width, references: rows).widest
        let capacity = capacity(references: rows, k: k)
        let sample = Directions.sampleRows(for: widest, references: rows) * (width + widest) * float
        let judged = judgedTogether * (1 + k + 8) * width * float
        let search =
            rows * (2 * widest + PairDistances.slice) * float
            + CandidateLists<Bound>.bytes(queries: rows, capacity: capacity)
            // A bound three times over while pairs are gathered; of a pair its row, sum, two bounds and whether it is open.
            + min(boundsAtOnce, rows * rows / 20) * 3 * MemoryLayout<Bound>.stride
            + min(PairDistances.most, rows * (k + 8)) * 48
        return 2 * widest * width * float + max(sample, search + judged)
    }

    // MARK: Comparing in full

    /// Compares pairs in full.
    ///
    /// - Parameters:
    ///   - order: in which queries are visited.
    ///   - areLikely: whether the pairs are the most likely neighbours, so that bounds would rule out few.
    ///   - wanted: for each of some queries the references that are to be compared; those among the positions given, and
    ///     perhaps others, which do not count.
    private func verify(
        in order: VisitingOrder,
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
                var pairs = PairDistances(width: width, precision: queries.precision, positions: search.rows.count)
                let present = order.positions[chunk.positions]
                for start in stride(from: 0, to: present.count, by: queriesAtOnce) {
                    let part = Array(present.dropFirst(start).prefix(queriesAtOnce))
                    let bounds = try wanted(part, targets)
                    for group in order.groups(of: bounds, in: targets, size: PrunedRun.referencesAtOnce) {
                        for (place, references) in group {
                            pairs.append(part[place], in: queries, references, in: others)
                            if pairs.isFull { try verify(&pairs, areLikely: areLikely, queries, others) }
                        }
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
            let isRounded = all.canRound && !search.isSinglePrecision
            var undecided = try open(&all, isRounded ? .bf16 : .f32, queries, others)
            // Where rounding blurs what is apart, finer arithmetic is cheaper than the exact one.
            if isRounded, undecided.count > search.k * undecided.runs.count {
                undecided = try open(&undecided, .f32, queries, others)
            }
            try offer(&undecided)
        }
        all.removeAll()
    }

    /// The pairs that bounds do not rule out.
    private func open(
        _ all: inout PairDistances,
        _ precision: Precision,
        _ queries: LoadedChunk,
        _ others: LoadedChunk
    ) throws -> PairDistances {
        let bounds = try all.bounds(precision)
        var open = PairDistances(width: width, precision: queries.precision, positions: search.rows.count)
        for (query, pairs) in all.runs {
            let farthest = best[query].farthest
            let left = zip(pairs, all.partners(of: pairs)).lazy.filter { bounds[$0.0].lower <= farthest }.map(\.1)
            open.append(query, in: queries, left, in: others)
        }
        return open
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
