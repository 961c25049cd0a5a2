import Compute
import Recipes

/// A reference by a lower bound of its squared distance, or an estimate, as computed in float32.
struct Bound: Candidate {
    var distance: Float
    var reference: UInt32
}

/// Short rows by their place in an order.
private struct OrderedRows: ActivationSource {
    let short: ProjectedRows
    let order: VisitingOrder

    var width: Int { short.width }

    func copy(_ places: some RandomAccessCollection<Int>, to destination: Rows) {
        short.copy(places.map { order.positions[$0] }, to: destination)
    }
}

/// Compares all pairs in short form.
struct ShortSearch {
    /// In which rows are compared, near ones first, so that lists are full of near ones soon and few others displace
    /// them.
    let order: VisitingOrder
    private let short: ProjectedRows
    private let references: Int
    private let rows: Int
    private let tile: DistanceTile
    private let memory: ChunkMemory<OrderedRows>
    private let blockRows: Int
    /// Squared norm of each short row, by position.
    private var norms: [Double]
    private var largestNorm = 0.0
    /// Bounds the rounding error of a computed squared distance by this times (|a|^2 + |b|^2), whatever the order of
    /// the additions (Higham 2002, section 3.1): width products, the two norms and the two additions.
    private let relativeError: Double

    /// - Parameters:
    ///   - short: the short rows
    ///   - chunks: in which the long rows are in memory, the references first
    ///   - references: how many rows are references
    ///   - precision: of the factors; bf16 where the short rows are numbers of it
    init(
        _ engine: Engine,
        _ short: ProjectedRows,
        chunks: [Range<Int>],
        references: Int,
        precision: Precision
    ) throws {
        order = try VisitingOrder(short, chunks: chunks, references: references)
        self.short = short
        let rows = order.positions.count
        self.references = references
        self.rows = rows
        let plan = ChunkPlan(references: references, queries: rows, rowBytes: short.width * 4, budget: .max)
        blockRows = plan.blockRows
        tile = try DistanceTile(
            engine,
            blockRows: plan.blockRows,
            width: short.width,
            center: nil,
            precision: precision
        )
        memory = try ChunkMemory(plan: plan, source: OrderedRows(short: short, order: order))
        relativeError = Double(short.width + 16) * 0x1p-24 * 1.01
        norms = (0..<rows).map { Vectors.dot(short.row($0), short.row($0), count: short.width) }
        largestNorm = norms[..<references].max() ?? 0
    }

    /// For each query, by its place in the order, the references with the smallest bounds, the smallest first.
    func lists(capacity: Int) throws -> CandidateLists<Bound> {
        let lists = CandidateLists<Bound>(queries: rows, capacity: capacity, slack: blockRows)
        try memory.forEachPair { loadedRows, loadedColumns in
            if !loadedRows.isMeasured { loadedRows.measure(about: nil) }
            if !loadedColumns.isMeasured { loadedColumns.measure(about: nil) }
            let blocks = loadedColumns.chunk?.blocks(of: blockRows) ?? []
            let isSame = loadedRows === loadedColumns
            if isSame {
                for block in blocks {
                    _ = try tile.sweep(loadedRows, block, of: loadedColumns, into: lists) { $0 == block }
                }
            }
            for block in blocks {
                _ = try tile.sweep(loadedRows, block, of: loadedColumns, into: lists) { !isSame || $0 != block }
            }
        }
        for place in 0..<rows {
            lists.sort(place)
            let list = lists.list(of: place)
            for entry in list.indices {
                list[entry].reference = UInt32(order.positions[Int(list[entry].reference)])
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
    ///   - targets: positions of the references that are looked at: all, or a whole chunk of long rows.
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
            short.copy(part, to: Rows(block.start, width: short.width))
            var partNorms = [Float](repeating: .infinity, count: blockRows)
            for (place, query) in part.enumerated() { partNorms[place] = Float(norms[query]) }
            let cuts = part.map { Float(limit($0)).nextUp }
            var hitsOf = [[Bound]](repeating: [], count: part.count)
            for chunk in memory.plan.chunks where chunk.isReference {
                let loaded = try memory.load(chunk, besides: nil)
                if !loaded.isMeasured { loaded.measure(about: nil) }
                // These are places and those positions; but those of a chunk of long rows are the same range.
                for columns in chunk.blocks(of: blockRows) where columns.overlaps(targets) {
                    try tile.setColumns(loaded.rows(from: columns.lowerBound))
                    let columnNorms = loaded.norms(from: columns.lowerBound)
                    let products = try tile.products(
                        Rows(block.start, width: short.width),
                        norms: partNorms,
                        columnNorms: columnNorms
                    )
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
                            let column = columns.lowerBound + Int(tile.scan.columns[hit])
                            guard column < references else { continue }
                            let reference = order.positions[column]
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
