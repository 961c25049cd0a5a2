import Compute

/// The named approximation `projected` (Difficulty/README.md section 2): neighbours by estimated distances.
///
/// Every row is shortened to its projection P on at most 127 directions and the norm R of what they leave out. The
/// squared distance of two rows is estimated by |Pa - Pb|^2 + Ra^2 + Rb^2, which is right on average where what is left
/// out of two rows points anywhere. So activations are produced twice, however many there are: to be projected, and to
/// measure on a sample of the queries how far the answer is from the exact one.
final class ProjectedRun<Source: ActivationSource> {
    /// Floats in a short row.
    private static var shortWidth: Int { 128 }
    /// Queries whose exact neighbours are searched as well.
    private static var sampledQueries: Int { 128 }
    /// Estimates kept beyond the k that are asked for: float32 sums order them a little differently from float64.
    private static var margin: Int { 16 }

    private let search: NeighborSearch
    private let memory: ChunkMemory<Source>

    init(_ search: NeighborSearch, plan: ChunkPlan, source: Source) throws {
        self.search = search
        memory = try ChunkMemory(plan: plan, source: source, precision: source.precision, inPlace: true)
    }

    /// The neighbours with the sample that judges them; nil where rows cannot be shortened.
    func result(_ progress: (Double) throws -> Void) throws -> NearestNeighbors? {
        guard
            let short = try memory.shortened(
                to: Self.shortWidth,
                rows: search.rows.count,
                references: search.references,
                isRounded: false
            )
        else { return nil }
        try progress(0.4)
        let residuals = short.takeResiduals()
        let lists = try lists(short, residuals)
        try progress(0.7)

        var result = NearestNeighbors(k: search.k, queries: search.rows.count)
        for query in search.rows.indices {
            lists.trim(query)
            var best = BestReferences(k: search.k)
            for entry in lists.list(of: query) {
                let reference = Int(entry.reference)
                let distance =
                    SquaredDistance.between(short.row(query), short.row(reference), width: short.width)
                    + residuals[query] * residuals[query] + residuals[reference] * residuals[reference]
                best.offer(reference, distance: distance, rank: search.ties.rank(of: search.rows[reference]))
            }
            try result.set(best, for: query)
        }
        result.sample = try sample(short, residuals, result)
        try progress(1)
        return result
    }

    /// For each query the references of the smallest estimates.
    private func lists(_ short: ProjectedRows, _ residuals: [Double]) throws -> CandidateLists<Bound> {
        let plan = ChunkPlan(
            references: search.references,
            queries: search.rows.count,
            rowBytes: short.width * 4,
            budget: .max
        )
        let tile = try DistanceTile(search.engine, blockRows: plan.blockRows, width: short.width, center: nil)
        let shortMemory = try ChunkMemory(plan: plan, source: short)
        let lists = CandidateLists<Bound>(
            queries: search.rows.count,
            capacity: min(search.references, search.k + Self.margin),
            slack: plan.blockRows
        )
        func measure(_ loaded: LoadedChunk) {
            guard !loaded.isMeasured, let positions = loaded.chunk?.positions else { return }
            loaded.measure(about: nil)
            for position in positions {
                loaded.norms(from: position)[0] += Float(residuals[position] * residuals[position])
            }
        }
        try shortMemory.forEachPair { loadedRows, loadedColumns in
            measure(loadedRows)
            measure(loadedColumns)
            for block in loadedColumns.chunk?.blocks(of: plan.blockRows) ?? [] {
                _ = try tile.sweep(loadedRows, block, of: loadedColumns, into: lists)
            }
        }
        return lists
    }

    /// Evenly spaced queries with their exact neighbours: in each piece of memory first the distances of those that were
    /// found, which limit how far the others may be, then those of all that the limit does not rule out.
    private func sample(_ short: ProjectedRows, _ residuals: [Double], _ found: NearestNeighbors) throws
        -> NearestNeighbors.Sample
    {
        let width = memory.source.width
        let count = min(Self.sampledQueries, search.rows.count)
        let queries = (0..<count).map { $0 * search.rows.count / count }
        let values = try FloatMemory(count: count * width)
        try memory.copy(queries, to: values.start)
        let nearest = queries.map { Set(found.positions[$0 * search.k..<($0 + 1) * search.k].map(Int.init)) }
        let room = try FloatMemory(count: width)
        var best = [BestReferences](repeating: BestReferences(k: search.k), count: count)
        func compare(_ place: Int, _ reference: Int, _ loaded: LoadedChunk) {
            best[place].offer(
                reference,
                distance: SquaredDistance.between(
                    values.start + place * width,
                    loaded.floats(of: reference, in: room.start),
                    width: width
                ),
                rank: search.ties.rank(of: search.rows[reference])
            )
        }
        for chunk in memory.plan.chunks where chunk.isReference {
            let loaded = try memory.load(chunk, besides: nil)
            for (place, query) in queries.enumerated() {
                for reference in nearest[place] where chunk.positions.contains(reference) {
                    compare(place, reference, loaded)
                }
                for reference in chunk.positions where reference != query && !nearest[place].contains(reference) {
                    let residual = residuals[query] - residuals[reference]
                    let bound =
                        SquaredDistance.between(short.row(query), short.row(reference), width: short.width)
                        + residual * residual
                    let limit = short.limit(distance: best[place].farthest.squareRoot(), query: query)
                    if bound <= limit * limit { compare(place, reference, loaded) }
                }
            }
        }
        var exact = NearestNeighbors(k: search.k, queries: count)
        for place in queries.indices { try exact.set(best[place], for: place) }
        return NearestNeighbors.Sample(queries: queries, positions: exact.positions, distances: exact.distances)
    }
}
