import Compute

/// A reference by a lower bound of its squared distance, or an estimate, as computed in float32.
struct Bound: Candidate {
    var distance: Float
    var reference: UInt32
}

/// Compares all pairs in short form.
struct ShortSearch {
    private let short: ProjectedRows
    private let references: Int
    private let rows: Int
    private let tile: DistanceTile
    private let memory: ChunkMemory<ProjectedRows>
    private let blockRows: Int
    /// Squared norm of each short row.
    private var norms: [Double]
    private var largestNorm = 0.0
    /// Bounds the rounding error of a computed squared distance by this times (|a|^2 + |b|^2), whatever the order of
    /// the additions (Higham 2002, section 3.1): width products, the two norms and the two additions.
    private let relativeError: Double

    /// - Parameters:
    ///   - short: the short rows
    ///   - rows: how many, the references first
    ///   - references: how many of them are references
    ///   - precision: of the factors; bf16 where the short rows are numbers of it
    init(_ engine: Engine, _ short: ProjectedRows, rows: Int, references: Int, precision: Precision) throws {
        self.short = short
        self.references = references
        self.rows = rows
        let plan = ChunkPlan(references: references, queries: rows, width: short.width, budget: .max)
        blockRows = plan.blockRows
        tile = try DistanceTile(
            engine,
            blockRows: plan.blockRows,
            width: short.width,
            center: nil,
            precision: precision
        )
        memory = try ChunkMemory(plan: plan, source: short)
        relativeError = Double(short.width + 16) * 0x1p-24 * 1.01
        norms = (0..<rows).map { Vectors.dot(short.row($0), short.row($0), count: short.width) }
        largestNorm = norms[..<references].max() ?? 0
    }

    /// For each query the references with the smallest bounds.
    func lists(capacity: Int) throws -> CandidateLists<Bound> {
        let lists = CandidateLists<Bound>(queries: rows, capacity: capacity, slack: blockRows)
        try memory.forEachPair { loadedRows, loadedColumns in
            if !loadedRows.isMeasured { loadedRows.measure(about: nil) }
            if !loadedColumns.isMeasured { loadedColumns.measure(about: nil) }
            for block in loadedColumns.chunk?.blocks(of: blockRows) ?? [] {
                _ = try tile.sweep(loadedRows, block, of: loadedColumns, into: lists)
            }
        }
        return lists
    }

    /// A reference whose computed squared short distance exceeds this is farther than `squaredDistance`.
    func limit(distance squaredDistance: Double, query: Int) -> Double {
        let short = short.limit(distance: squaredDistance.squareRoot(), query: query)
        return short * short + relativeError * (norms[query] + largestNorm)
            + Double(self.short.width) * Double(Float.leastNormalMagnitude)
    }

    /// All references of some queries up to a limit.
    ///
    /// - Parameters:
    ///   - targets: positions of the references that are looked at.
    ///   - limit: of a query.
    /// - Returns: by query.
    func references(
        of queries: [Int],
        in targets: Range<Int>,
        within limit: (Int) -> Double
    ) throws -> [Int: [Bound]] {
        var found: [Int: [Bound]] = [:]
        guard !queries.isEmpty else { return [:] }
        let block = try FloatMemory(count: blockRows * short.width)
        for start in stride(from: 0, to: queries.count, by: blockRows) {
            let part = queries[start..<min(start + blockRows, queries.count)]
            block.floats.update(repeating: 0)
            short.copy(part, to: block.start)
            var partNorms = [Float](repeating: .infinity, count: blockRows)
            for (place, query) in part.enumerated() { partNorms[place] = Float(norms[query]) }
            let cuts = part.map { Float(limit($0)).nextUp }
            var hitsOf = [[Bound]](repeating: [], count: part.count)
            for chunk in memory.plan.chunks where chunk.isReference {
                let loaded = try memory.load(chunk, besides: nil)
                if !loaded.isMeasured { loaded.measure(about: nil) }
                for columns in chunk.blocks(of: blockRows) where columns.overlaps(targets) {
                    try tile.setColumns(loaded.row(columns.lowerBound))
                    let columnNorms = loaded.norms(from: columns.lowerBound)
                    let products = try tile.products(block.start, norms: partNorms, columnNorms: columnNorms)
                    for (place, query) in part.enumerated() {
                        let hits = tile.scan.hits(
                            in: products + place * blockRows,
                            norm: partNorms[place],
                            norms: tile.scanNorms(columnNorms),
                            cut: cuts[place],
                            cuts: nil,
                            count: blockRows
                        )
                        for hit in 0..<hits {
                            let reference = columns.lowerBound + Int(tile.scan.columns[hit])
                            guard reference != query, targets.contains(reference) else { continue }
                            hitsOf[place].append(
                                Bound(distance: tile.scan.distances[hit], reference: UInt32(reference))
                            )
                        }
                    }
                }
            }
            for (query, hits) in zip(part, hitsOf) { found[query] = hits }
        }
        return found
    }
}
