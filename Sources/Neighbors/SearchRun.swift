import Compute
import Recipes

/// A reference by approximate squared distance. Outside of the search, which is generic: its lists are not to be.
struct ComparedReference: Candidate {
    var distance: Float
    var reference: UInt32
    /// Exact squared distance; NaN where it was not needed so far.
    var exact = Double.nan

    init(distance: Float, reference: UInt32) {
        self.distance = distance
        self.reference = reference
    }
}

/// The state of one search.
final class SearchRun<Source: ActivationSource> {
    private let rows: [Int]
    private let references: Int
    private let k: Int
    private let ties: TieOrder
    private let plan: ChunkPlan
    private let source: Source
    private let width: Int
    private let lists: CandidateLists<ComparedReference>
    private let tile: DistanceTile
    private let memory: ChunkMemory<Source>
    private let center: UnsafeMutablePointer<Float>
    private let isCentered: Bool
    /// Whether there is memory for the rounded rows beside the rows.
    private let keepsRounded: Bool
    private var largestNorm = 0.0
    /// Squared norm of each query, for its error bound.
    private var queryNorms: [Float]
    /// Norm of what rounding leaves out of each query, and the largest of a reference.
    private var roundingErrors: [Double]
    private var largestRoundingError = 0.0

    init(
        _ search: NeighborSearch,
        plan: ChunkPlan,
        source: Source,
        precision: Precision,
        keepsRounded: Bool
    ) throws {
        let keepsRounded = keepsRounded && precision == .bf16
        self.keepsRounded = keepsRounded
        rows = search.rows
        references = search.references
        k = search.k
        ties = search.ties
        self.plan = plan
        self.source = source
        width = source.width
        lists = CandidateLists(
            queries: rows.count,
            capacity: min(k + NeighborSearch.margin(precision, width: width), references),
            slack: plan.blockRows
        )
        queryNorms = Array(repeating: 0, count: rows.count)
        roundingErrors = Array(repeating: 0, count: rows.count)

        // Blocks of rows that lie elsewhere are not whole; but where rounded rows are kept, these are multiplied.
        memory = try ChunkMemory(
            plan: plan,
            source: source,
            precision: NeighborSearch.keptPrecision(of: source),
            inPlace: keepsRounded
        )
        let first = try memory.load(plan.chunks[0], besides: nil)
        center = .allocate(capacity: width)
        isCentered = try SearchRun.center(first.all, rows: plan.chunks[0].positions.count, into: center)
        tile = try DistanceTile(
            search.engine,
            blockRows: plan.blockRows,
            width: width,
            center: isCentered ? UnsafePointer(center) : nil,
            precision: precision
        )
    }

    deinit {
        center.deallocate()
    }

    /// The mean of some rows, and whether distances should be taken about it: an offset common to all rows cancels in
    /// |a|^2 + |b|^2 - 2 a.b and costs precision. Where its square is below the variance, taking it off would not even
    /// halve the error bound and is not worth a copy of every block.
    private static func center(_ all: Rows, rows: Int, into center: UnsafeMutablePointer<Float>) throws -> Bool {
        let width = all.width
        let room = try FloatMemory(count: width)
        var sums = [Double](repeating: 0, count: width)
        var squares = 0.0
        for row in 0..<rows {
            let line = all.floats(row, count: width, in: room.start)
            for column in 0..<width { sums[column] += Double(line[column]) }
            squares += Distances.squaredNorm(line, about: nil, width: width)
        }
        var offset = 0.0
        for column in 0..<width {
            let mean = sums[column] / Double(rows)
            center[column] = Float(mean)
            offset += mean * mean
        }
        return width > DistanceTile.widestDirect && offset > squares / Double(rows) - offset
    }

    // MARK: Candidates

    /// Compares all queries with all references: each pair of references once, for both of them.
    func compareAll(_ progress: (Double) throws -> Void) throws {
        let all = Double(references) * (Double(rows.count) - Double(references) / 2)
        var done = 0.0
        try memory.forEachPair { loadedRows, loadedColumns in
            try measure(loadedColumns)
            try measure(loadedRows)
            guard let columns = loadedColumns.chunk, let chunk = loadedRows.chunk else { return }
            for block in columns.blocks(of: plan.blockRows) {
                done += try tile.sweep(loadedRows, block, of: loadedColumns, into: lists)
                try progress(min(1, done / all))
            }
            try refine(queriesIn: loadedRows, referencesIn: loadedColumns)
            if chunk.isReference, chunk != columns {
                try refine(queriesIn: loadedColumns, referencesIn: loadedRows)
            }
        }
    }

    /// Computes the exact distances of candidates that can still be among the k nearest, while both rows are in memory.
    private func refine(queriesIn loaded: LoadedChunk, referencesIn others: LoadedChunk) throws {
        guard let chunk = loaded.chunk, let references = others.chunk?.positions else { return }
        var pairs = PairDistances(width: width, precision: loaded.precision, positions: rows.count)
        for query in chunk.positions {
            lists.sort(query)
            let list = lists.list(of: query)
            let limit = list.count < k ? Double.infinity : farthest(Double(list[k - 1].distance), query: query)
            let open = list.lazy.filter { $0.exact.isNaN && Double($0.distance) <= limit }
                .map { Int($0.reference) }.filter(references.contains)
            pairs.append(query, in: loaded, open, in: others)
            if pairs.isFull { try refine(&pairs, loaded, others) }
        }
        try refine(&pairs, loaded, others)
    }

    /// Of those that the products leave undecided, bounds in float32 rule out most.
    private func refine(_ all: inout PairDistances, _ loaded: LoadedChunk, _ others: LoadedChunk) throws {
        let bounds = try all.bounds()
        var open = PairDistances(width: width, precision: loaded.precision, positions: rows.count)
        for (query, pairs) in all.runs {
            let uppers = (bounds[pairs].map(\.upper) + lists.list(of: query).lazy.map(\.exact).filter { !$0.isNaN })
                .sorted()
            // At least k references are no farther than this.
            let cut = uppers.count < k ? .infinity : uppers[k - 1]
            let left = zip(pairs, all.partners(of: pairs)).lazy.filter { bounds[$0.0].lower <= cut }.map(\.1)
            open.append(query, in: loaded, left, in: others)
        }
        let distances = try open.exact()
        for (query, pairs) in open.runs {
            let list = lists.list(of: query)
            let references = open.partners(of: pairs)
            var next = 0
            // Pairs come in the order of the list.
            for place in list.indices where next < pairs.count && Int(list[place].reference) == references[next] {
                list[place].exact = distances[pairs.lowerBound + next]
                next += 1
            }
        }
        all.removeAll()
    }

    /// The largest approximate distance that a reference may have whose true distance is not above that of one at
    /// `distance`: both err by at most the bound, which grows more slowly than distances do.
    private func farthest(_ distance: Double, query: Int) -> Double {
        distance + 2 * error(of: distance, query: query) * 1.01
    }

    /// How far the true squared distance of a pair may be from an approximate one.
    ///
    /// Rounded rows a' and b' are apart by |a - b| give or take what rounding left out of both (triangle inequality);
    /// with s for the two together the squares differ by at most 2 s |a' - b'| + s^2.
    private func error(of distance: Double, query: Int) -> Double {
        let computed =
            tile.errorBound.absolute * (Double(queryNorms[query]) + largestNorm) + tile.errorBound.relative * distance
            // What float32 cannot represent at all.
            + Double(width) * Double(Float.leastNormalMagnitude)
        let rounding = roundingErrors[query] + largestRoundingError
        guard rounding > 0 else { return computed }
        return computed + 2 * rounding * (max(0, distance) + computed).squareRoot() + rounding * rounding
    }

    /// Computes the norms of a chunk that has just been loaded.
    private func measure(_ loaded: LoadedChunk) throws {
        guard !loaded.isMeasured, let chunk = loaded.chunk else { return }
        if keepsRounded { try loaded.round(about: isCentered ? UnsafePointer(center) : nil) }
        loaded.measure(about: isCentered ? UnsafePointer(center) : nil, rounded: tile.precision == .bf16) {
            roundingErrors[$0] = $1
            if chunk.isReference { largestRoundingError = max(largestRoundingError, $1) }
        }
        for position in chunk.positions {
            queryNorms[position] = loaded.norms(from: position)[0]
            if chunk.isReference { largestNorm = max(largestNorm, Double(queryNorms[position])) }
        }
    }

    // MARK: Answer

    /// Orders the candidates and searches exhaustively where they do not prove the answer.
    func result() throws -> NearestNeighbors {
        var result = NearestNeighbors(k: k, queries: rows.count)
        var open: [Int] = []
        for query in rows.indices {
            var best = BestReferences(k: k)
            lists.trim(query)
            let list = lists.list(of: query)
            for entry in list where !entry.exact.isNaN {
                best.offer(Int(entry.reference), distance: entry.exact, rank: rank(Int(entry.reference)))
            }
            let isComplete = list.count == references - (query < references ? 1 : 0)
            if isComplete || best.farthest < certain(below: lists.cuts[query], query: query) {
                try result.set(best, for: query)
            } else {
                open.append(query)
            }
        }
        result.exhaustiveQueries = open.count
        try searchExhaustively(open, into: &result)
        return result
    }

    /// A true distance below this is below that of every reference whose approximate distance is at least `cut`.
    private func certain(below cut: Float, query: Int) -> Double {
        Double(cut) - error(of: Double(cut), query: query)
    }

    private func rank(_ reference: Int) -> UInt64 {
        ties.rank(of: rows[reference])
    }

    private func searchExhaustively(_ queries: [Int], into result: inout NearestNeighbors) throws {
        guard !queries.isEmpty else { return }
        // Any query may be among them, so their rows are fetched apart, a block's worth at a time.
        let group = plan.blockRows
        let memory = try FloatMemory(count: group * width)
        let room = try FloatMemory(count: width)
        let values = memory.start
        for start in stride(from: 0, to: queries.count, by: group) {
            let part = queries[start..<min(start + group, queries.count)]
            try source.copy(part, to: Rows(values, width: width))
            var best = [BestReferences](repeating: BestReferences(k: k), count: part.count)
            for chunk in plan.chunks where chunk.isReference {
                let loaded = try self.memory.load(chunk, besides: nil)
                for (place, query) in part.enumerated() {
                    let row = values + place * width
                    for reference in chunk.positions where reference != query {
                        let distance = SquaredDistance.between(
                            row,
                            loaded.floats(of: reference, in: room.start),
                            width: width
                        )
                        guard distance <= best[place].farthest else { continue }
                        best[place].offer(reference, distance: distance, rank: rank(reference))
                    }
                }
            }
            for (place, query) in part.enumerated() {
                try result.set(best[place], for: query)
            }
        }
    }
}
