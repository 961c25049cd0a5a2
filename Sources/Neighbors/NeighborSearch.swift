import Compute
import Recipes

/// Search for the k nearest references of every query in one probe's activations, by squared Euclidean distance.
///
/// All pairs are compared approximately, tile by tile, by matrix products; each query keeps the best k and a margin.
/// The candidates' distances are then computed exactly (float64) and ordered by (distance, tie order). Where rounding
/// leaves open whether a reference outside the margin could belong to the k nearest, the query is compared with all
/// references exactly. So the answer is that of a brute-force search in float64. The products are of bfloat16 where the
/// processor has it: what rounding leaves out of each row is measured and enters the bounds.
///
/// Where rows are long and references many, most pairs are first ruled out by bounds (`PrunedRun`), which changes
/// nothing in the answer. The answer is exact unless `isProjected` asks for a named approximation.
///
/// This is the seam for a faster engine: it may replace how candidates are found, but not what is returned.
public struct NeighborSearch {
    /// Candidates kept beyond the k that are asked for. Rounding to bfloat16 leaves more of them undecided, the more so
    /// the wider rows are: distances of long random rows differ by less of their size.
    static func margin(_ precision: Precision, width: Int) -> Int {
        precision == .f32 ? 16 : min(160, 32 + width / 32)
    }

    /// Neighbours of each query.
    public let k: Int
    /// Bytes of activations that may be in memory at once.
    public let memoryBudget: Int
    /// Whether pairs may be ruled out by bounds. The answer is the same with and without.
    public var isPruned = true
    /// Whether all pairs are compared in float32 even where the processor multiplies bfloat16 faster. The answer is the
    /// same.
    public var isSinglePrecision = false

    /// Whether distances of wide rows are estimated from their projections (`ProjectedRun`) rather than computed.
    public var isProjected = false

    let engine: Engine
    let rows: [Int]
    let references: Int
    let ties: TieOrder

    /// - Parameters:
    ///   - rows: the dataset's row of each position. Every position is a query.
    ///   - references: how many positions, from the first, are references as well. A reference is no neighbour of
    ///     itself (by position, not by distance: duplicates exist).
    ///   - ties: the order of references at equal distance.
    ///   - memoryBudget: bytes of activations that may be in memory at once; beyond it, rows are produced repeatedly.
    public init(
        _ engine: Engine,
        rows: [Int],
        references: Int,
        k: Int,
        ties: TieOrder,
        memoryBudget: Int = 1 << 30
    ) throws(NeighborsError) {
        guard k > 0, k < references, references <= rows.count else {
            throw .tooFewReferences(references: references, k: k)
        }
        self.engine = engine
        self.rows = rows
        self.references = references
        self.k = k
        self.ties = ties
        self.memoryBudget = memoryBudget
    }

    /// Searches one probe.
    ///
    /// - Parameters:
    ///   - source: its activations, by position.
    ///   - progress: called now and then with the share of the work that is done.
    public func nearest(
        in source: some ActivationSource,
        progress: (Double) throws -> Void = { _ in }
    ) throws -> NearestNeighbors {
        guard source.width > 0 else { throw NeighborsError.noActivations }
        let plan = ChunkPlan(
            references: references,
            queries: rows.count,
            rowBytes: source.width * source.precision.elementBytes,
            budget: memoryBudget
        )
        if PrunedRun<ActivationMatrix>.isWorthTrying(width: source.width, references: references, k: k) {
            if isProjected, let found = try ProjectedRun(self, plan: plan, source: source).result(progress) {
                return found
            }
            if isPruned, let found = try PrunedRun(self, plan: plan, source: source).result(progress) { return found }
        }
        let kept = Self.keptPrecision(of: source)
        let wholePlan = ChunkPlan(
            references: references,
            queries: rows.count,
            rowBytes: source.width * kept.elementBytes,
            budget: memoryBudget
        )
        let run = try SearchRun(
            self,
            plan: wholePlan,
            source: source,
            precision: precision(width: source.width),
            keepsRounded: wholePlan.isResident
                && Self.keepsRounded(rows: rows.count, width: source.width, kept, budget: memoryBudget)
        )
        try run.compareAll(progress)
        return try run.result()
    }

    /// Of the factors where rows of a width are multiplied.
    func precision(width: Int) -> Precision {
        Self.canRound(width: width) && !isSinglePrecision ? .bf16 : .f32
    }

    private static func canRound(width: Int) -> Bool {
        Precision.bf16.isNative && width > DistanceTile.widestDirect
    }

    /// Of rows in memory where all pairs are compared: narrow rows are subtracted as floats.
    static func keptPrecision(of source: some ActivationSource) -> Precision {
        source.width > DistanceTile.widestDirect ? source.precision : .f32
    }

    /// Whether there is memory for rounded rows beside the rows.
    private static func keepsRounded(rows: Int, width: Int, _ kept: Precision, budget: Int) -> Bool {
        rows * width * (kept.elementBytes + Precision.bf16.elementBytes) <= budget
    }

    /// The most bytes that a search takes: of rows where all pairs must be compared, and of what it tried before.
    ///
    /// - Parameters:
    ///   - rows: queries, as many as references
    ///   - width: numbers of a row
    ///   - precision: what they are
    ///   - k: neighbours
    ///   - isThere: whether the rows are in memory already, and not counted here
    ///   - budget: bytes of activations that may be in memory at once
    public static func bytes(rows: Int, width: Int, _ precision: Precision, k: Int, isThere: Bool, budget: Int) -> Int {
        let numbers = rows * width
        let isRounded = canRound(width: width) && keepsRounded(rows: rows, width: width, precision, budget: budget)
        let own = isThere && isRounded ? 0 : numbers * precision.elementBytes
        return min(budget, isRounded ? own + numbers * Precision.bf16.elementBytes : own)
            + PrunedRun<ActivationMatrix>.bytes(rows: rows, width: width, k: k)
    }
}
