import Compute
import Neighbors
import Recipes
import Testing

/// A pruned search must find what a flat one finds, whatever the activations look like.
@Suite struct PrunedSearchTests {
    /// Rows near a few-dimensional subspace, as activations are; columns beyond are noise of the given size.
    static func table(rows: Int, width: Int, rank: Int, noise: Float, offset: Float = 0, seed: UInt64) -> [Float] {
        var random = CounterRandom(seed: seed, purpose: .shuffling, step: 0)
        func draw() -> Float { random.nextUnitFloat() + random.nextUnitFloat() - 1 }
        let basis = (0..<rank * width).map { _ in draw() }
        var values = [Float]()
        values.reserveCapacity(rows * width)
        for _ in 0..<rows {
            let weights = (0..<rank).map { draw() * 4 / Float($0 + 1) }
            for column in 0..<width {
                var value = offset + noise * draw()
                for index in 0..<rank { value += weights[index] * basis[index * width + column] }
                values.append(value)
            }
        }
        return values
    }

    private func search(
        _ values: [Float],
        width: Int,
        references: Int,
        k: Int,
        pruned: Bool,
        budget: Int = 1 << 30,
        inPlace: Bool = false
    ) throws -> NearestNeighbors {
        try values.withUnsafeBufferPointer { buffer in
            var search = try NeighborSearch(
                Engine(),
                rows: Array(0..<values.count / width),
                references: references,
                k: k,
                ties: TieOrder(seed: 4),
                memoryBudget: budget
            )
            search.isPruned = pruned
            let matrix = ActivationMatrix(values: buffer, width: width)
            return inPlace ? try search.nearest(in: matrix) : try search.nearest(in: Produced(matrix: matrix))
        }
    }

    /// Hides that the rows are in memory, so that chunks are copied and memory is bounded.
    private struct Produced: ActivationSource {
        let matrix: ActivationMatrix
        var width: Int { matrix.width }
        var precision: Precision { matrix.precision }
        func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) {
            matrix.copy(positions, to: destination)
        }
    }

    /// The widest rows, of which many pairs are left open, are compared by slices, in bfloat16 first where there is any.
    @Test(arguments: [
        (500, 5, Float(0.05), Float(0)), (400, 40, 0.3, 0), (640, 3, 0, 0), (512, 10, 0.1, 900), (1300, 60, 0.4, 0),
    ])
    func findsWhatAFlatSearchFinds(width: Int, rank: Int, noise: Float, offset: Float) throws {
        let values = PrunedSearchTests.table(
            rows: 1700,
            width: width,
            rank: rank,
            noise: noise,
            offset: offset,
            seed: UInt64(width)
        )
        let flat = try search(values, width: width, references: 1400, k: 12, pruned: false)
        let pruned = try search(values, width: width, references: 1400, k: 12, pruned: true)
        #expect(pruned.verifiedPairs != nil, "it was not pruned")
        #expect(flat.verifiedPairs == nil)
        #expect(pruned.positions == flat.positions)
        #expect(pruned.distances == flat.distances)
        let chunked = try search(values, width: width, references: 1400, k: 12, pruned: true, budget: 2_000_000)
        #expect(chunked.positions == flat.positions)
        #expect(chunked.distances == flat.distances)
        let inPlace = try search(values, width: width, references: 1400, k: 12, pruned: true, inPlace: true)
        #expect(inPlace.positions == flat.positions)
        #expect(inPlace.distances == flat.distances)
    }

    /// Rows of a network that computes in bfloat16 are kept in it, in memory of the search's own or where they are, in
    /// whole or chunk by chunk: the answer is that for the same numbers as floats, pruned and flat, exact and projected.
    @Test(arguments: [(500, Float(0.05)), (1300, 0.4), (520, 30), (60, 0.1)])
    func rowsOfBfloat16AreTheSameRows(width: Int, noise: Float) throws {
        guard Precision.bf16.isNative else { return }
        let table = PrunedSearchTests.table(rows: 1700, width: width, rank: 8, noise: noise, seed: UInt64(width))
        let halves = table.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
        let values = halves.map { Float(bitPattern: UInt32($0) << 16) }
        let search = { (projected: Bool, budget: Int) in
            var search = try NeighborSearch(
                Engine(),
                rows: Array(0..<1700),
                references: 1400,
                k: 12,
                ties: TieOrder(seed: 4),
                memoryBudget: budget
            )
            search.isProjected = projected
            return search
        }
        try values.withUnsafeBufferPointer { floats in
            try halves.withUnsafeBytes { bytes in
                let whole = ActivationMatrix(values: floats, width: width)
                let half = ActivationMatrix(values: bytes, width: width, precision: .bf16)
                for isProjected in [false, true] {
                    let expected = try search(isProjected, 1 << 30).nearest(in: Produced(matrix: whole))
                    let small = try search(isProjected, 2_000_000)
                    for found in [
                        try search(isProjected, 1 << 30).nearest(in: half),
                        try search(isProjected, 1 << 30).nearest(in: Produced(matrix: half)),
                        try small.nearest(in: Produced(matrix: half)),
                    ] {
                        #expect(found.positions == expected.positions)
                        #expect(found.distances == expected.distances)
                        #expect((found.verifiedPairs == nil) == (expected.verifiedPairs == nil))
                    }
                }
            }
        }
    }

    /// More directions than are made orthogonal one by one, from rows of which some repeat others: those are dropped.
    @Test func directionsAreOrthonormal() throws {
        let (rows, width, distinct) = (400, 700, 90)
        var sample = PrunedSearchTests.table(rows: rows, width: width, rank: 30, noise: 2, offset: 3, seed: 14)
        for row in distinct..<rows {
            for column in 0..<width { sample[row * width + column] = sample[row % distinct * width + column] }
        }
        let directions = try sample.withUnsafeMutableBufferPointer {
            try Directions(most: 127, sample: $0.baseAddress!, sampleRows: rows, width: width)
        }
        #expect(directions.count > 60 && directions.count <= distinct)
        #expect(directions.deviation < 1e-5)
    }

    /// More variance than 127 directions hold: twice as many are tried.
    @Test func triesMoreDirections() throws {
        let values = PrunedSearchTests.table(rows: 4500, width: 800, rank: 210, noise: 0.02, seed: 12)
        let pruned = try search(values, width: 800, references: 4200, k: 12, pruned: true)
        #expect(pruned.verifiedPairs != nil, "it was not pruned")
        let flat = try search(values, width: 800, references: 4200, k: 12, pruned: false)
        #expect(pruned.positions == flat.positions)
        #expect(pruned.distances == flat.distances)
    }

    /// Floats of short rows: more of them where the pairs left open are worth it, never where they cannot be had.
    @Test func choosesShortWidthsByCost() {
        let long = ShortWidths(width: 25_088, references: 60_000)
        #expect(long.first == 128)
        #expect(long.next(after: 128, openShare: 0.001) == nil, "enough")
        #expect(long.next(after: 128, openShare: 0.012) == 256)
        #expect(long.next(after: 128, openShare: 0.05) == 512, "256 would not do")
        #expect(long.next(after: 512, openShare: 0.5) == nil)
        #expect(ShortWidths(width: 784, references: 60_000).next(after: 128, openShare: 0.9) == 256)
        #expect(ShortWidths(width: 384, references: 60_000).next(after: 128, openShare: 0.9) == nil)
        #expect(ShortWidths(width: 25_088, references: 4_000).next(after: 128, openShare: 0.9) == 256)
        #expect(ShortWidths(width: 25_088, references: 2_000).next(after: 128, openShare: 0.9) == nil)
        #expect(long.isWorthwhile(openShare: 0.09) && !long.isWorthwhile(openShare: 0.11))
    }

    /// Duplicates tie at distance zero and beyond; the tie order decides among them.
    @Test func keepsTheOrderOfTies() throws {
        let width = 400
        var values = PrunedSearchTests.table(rows: 1500, width: width, rank: 4, noise: 0, seed: 3)
        for row in 0..<1500 where row % 3 != 0 {
            let source = row / 60 * 60
            for column in 0..<width { values[row * width + column] = values[source * width + column] }
        }
        let flat = try search(values, width: width, references: 1300, k: 30, pruned: false)
        let pruned = try search(values, width: width, references: 1300, k: 30, pruned: true)
        #expect(pruned.positions == flat.positions)
    }

    /// Rows near a few-dimensional subspace: estimates from projections find nearly what the exact search finds, and the
    /// sample says so.
    @Test func projectsAndJudgesItself() throws {
        let (width, references) = (500, 1400)
        let values = PrunedSearchTests.table(rows: 1700, width: width, rank: 12, noise: 0.2, seed: 11)
        let labels = (0..<references).map { values[$0 * width] > 0 ? 1 : 0 }
        func projected(budget: Int) throws -> NearestNeighbors {
            try values.withUnsafeBufferPointer { buffer in
                var search = try NeighborSearch(
                    Engine(),
                    rows: Array(0..<1700),
                    references: references,
                    k: 12,
                    ties: TieOrder(seed: 4),
                    memoryBudget: budget
                )
                search.isProjected = true
                return try search.nearest(in: Produced(matrix: ActivationMatrix(values: buffer, width: width)))
            }
        }
        let exact = try search(values, width: width, references: references, k: 12, pruned: false)
        let found = try projected(budget: 1 << 30)
        let agreement = try #require(found.agreement(labels: labels, classes: 2, among: 12))
        #expect(agreement.queries == 128)
        #expect(agreement.neighbors > 0.8 && agreement.neighbors < 1, "as good as promised, and an approximation")

        // What the sample says, from the exact answer for all queries.
        let votes = (
            found.votes(labels: labels, classes: 2), exact.votes(labels: labels, classes: 2)
        )
        let sample = (0..<128).map { $0 * 1700 / 128 }
        #expect(agreement.votes == Double(sample.count { votes.0[$0].label == votes.1[$0].label }) / 128)
        let kept = sample.map { query in
            let nearest = Set(exact.positions[query * 12..<query * 12 + 12])
            return found.positions[query * 12..<query * 12 + 12].count(where: nearest.contains)
        }
        #expect(agreement.neighbors == Double(kept.reduce(0, +)) / Double(128 * 12))
        #expect(exact.agreement(labels: labels, classes: 2, among: 12) == nil)
        // Estimates are of float32: on other processors the library adds up blocks of other sizes in another order.
        let pieces = try projected(budget: 2_000_000)
        let same = zip(pieces.positions, found.positions).count { $0 == $1 }
        #expect(
            Engine.instructionSet.hasPrefix("avx512") ? pieces == found : same > found.positions.count * 99 / 100,
            "whatever is in memory at a time"
        )
    }

    /// Noise in all directions cannot be pruned: the flat search takes over.
    @Test func leavesTheRestToTheFlatSearch() throws {
        let width = 400
        let values = PrunedSearchTests.table(rows: 1400, width: width, rank: 1, noise: 100, seed: 5)
        let found = try search(values, width: width, references: 1200, k: 5, pruned: true)
        #expect(found.verifiedPairs == nil)
        #expect(try found == search(values, width: width, references: 1200, k: 5, pruned: false))
        var broken = values
        broken[700 * width + 7] = .nan
        #expect(throws: NeighborsError.self) {
            try self.search(broken, width: width, references: 1200, k: 5, pruned: true)
        }
    }

    /// The proof, pair by pair: no computed short distance exceeds the limit that belongs to the true distance.
    @Test(arguments: [Float(0), 0.01, 3], [false, true])
    func boundsEveryPairFromBelow(noise: Float, isRounded: Bool) throws {
        let (rows, width) = (300, 1000)
        let values = PrunedSearchTests.table(rows: rows, width: width, rank: 20, noise: noise, offset: 5, seed: 6)
        try values.withUnsafeBufferPointer { buffer in
            let base = try #require(buffer.baseAddress)
            var sample = Array(values[..<(200 * width)])
            let directions = try sample.withUnsafeMutableBufferPointer {
                try Directions(most: 15, sample: $0.baseAddress!, sampleRows: 200, width: width)
            }
            #expect(directions.count == 15)
            #expect(directions.deviation < 1e-4)
            let short = try ProjectedRows(
                directions,
                width: 16,
                rows: rows,
                references: rows,
                isRounded: isRounded
            )
            try short.project(0..<rows, at: Rows(UnsafeMutablePointer(mutating: base), width: width))
            if isRounded { #expect((0..<16).allSatisfy { short.row(7)[$0].bitPattern & 0xFFFF == 0 }) }
            for a in 0..<rows {
                for b in 0..<a {
                    let exact = SquaredDistance.between(base + a * width, base + b * width, width: width)
                    let bound = SquaredDistance.between(short.row(a), short.row(b), width: 16)
                    #expect(bound.squareRoot() <= short.limit(distance: exact.squareRoot(), query: a))
                }
            }
        }
    }
}
