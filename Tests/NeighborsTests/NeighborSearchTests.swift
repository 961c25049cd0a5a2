import Compute
import Neighbors
import Testing

/// All searches are compared with a brute-force search in float64.
@Suite struct NeighborSearchTests {
    /// Rows of activations drawn from a seed.
    struct Table {
        var rows: Int
        var width: Int
        var values: [Float]

        init(rows: Int, width: Int, seed: UInt64, draw: (inout CounterRandom, Int) -> Float) {
            self.rows = rows
            self.width = width
            var random = CounterRandom(seed: seed, purpose: .shuffling, step: 0)
            values = (0..<rows * width).map { draw(&random, $0 / width) }
        }
    }

    private func search(
        _ table: Table,
        references: Int,
        k: Int,
        budget: Int = 1 << 30,
        tieSeed: UInt64 = 1
    ) throws -> NearestNeighbors {
        try table.values.withUnsafeBufferPointer { values in
            var search = try NeighborSearch(
                Engine(),
                rows: Array(0..<table.rows),
                references: references,
                k: k,
                ties: TieOrder(seed: tieSeed),
                memoryBudget: budget
            )
            let matrix = ActivationMatrix(values: values, width: table.width)
            let found = try search.nearest(in: matrix)
            // Where the processor multiplies bfloat16 that was with rounded rows.
            search.isSinglePrecision = true
            let single = try search.nearest(in: matrix)
            #expect(found.positions == single.positions)
            #expect(found.distances == single.distances)
            return found
        }
    }

    private func bruteForce(_ table: Table, references: Int, k: Int, tieSeed: UInt64 = 1) -> [UInt32] {
        let order = TieOrder(seed: tieSeed)
        return (0..<table.rows).flatMap { query in
            let all = (0..<references).filter { $0 != query }.map { reference in
                (
                    (0..<table.width).reduce(0.0) {
                        let difference =
                            Double(table.values[query * table.width + $1])
                            - Double(table.values[reference * table.width + $1])
                        return $0 + difference * difference
                    },
                    order.rank(of: reference), reference
                )
            }
            return all.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(k).map { UInt32($0.2) }
        }
    }

    static let shapes: [(rows: Int, references: Int, width: Int, k: Int)] = [
        (90, 60, 5, 7), (700, 530, 3, 30), (300, 300, 64, 5), (330, 300, 65, 30), (640, 520, 200, 30),
        (40, 31, 300, 30),
    ]

    @Test(arguments: shapes.indices) func findsWhatBruteForceFinds(index: Int) throws {
        let shape = NeighborSearchTests.shapes[index]
        let table = Table(rows: shape.rows, width: shape.width, seed: UInt64(index)) { random, _ in
            max(0, random.nextUnitFloat() - 0.4)
        }
        let expected = bruteForce(table, references: shape.references, k: shape.k)
        let found = try search(table, references: shape.references, k: shape.k)
        #expect(found.positions == expected)
        // In chunks of one block, produced again and again.
        let streamed = try search(table, references: shape.references, k: shape.k, budget: 1)
        #expect(streamed.positions == expected)
        #expect(streamed.distances == found.distances)
    }

    /// Integers in a narrow range: most distances occur many times.
    @Test(arguments: [(6, 2), (80, 2), (3, 4)]) func breaksTiesByHash(width: Int, levels: UInt32) throws {
        let table = Table(rows: 400, width: width, seed: 5) { random, _ in Float(random.next(below: levels)) }
        for tieSeed in [UInt64(1), 2] {
            let found = try search(table, references: 320, k: 10, tieSeed: tieSeed)
            #expect(found.positions == bruteForce(table, references: 320, k: 10, tieSeed: tieSeed))
        }
        let first = try search(table, references: 320, k: 10, tieSeed: 1)
        let second = try search(table, references: 320, k: 10, tieSeed: 2)
        #expect(first.positions != second.positions)
    }

    /// An offset far larger than the differences: |a|^2 + |b|^2 - 2 a.b alone would be noise.
    @Test func survivesCancellation() throws {
        let table = Table(rows: 260, width: 100, seed: 6) { random, _ in 3000 + random.nextUnitFloat() }
        let found = try search(table, references: 200, k: 12)
        #expect(found.positions == bruteForce(table, references: 200, k: 12))
    }

    /// All rows equal, as after a layer that has died: every order is by the tie rule, and nothing is lost.
    @Test func survivesEqualRows() throws {
        let table = Table(rows: 130, width: 70, seed: 7) { _, _ in 0.25 }
        let found = try search(table, references: 100, k: 20)
        #expect(found.positions == bruteForce(table, references: 100, k: 20))
        #expect(found.distances.allSatisfy { $0 == 0 })
    }

    @Test func excludesItselfButNotItsDuplicate() throws {
        // Rows 0 and 1 are equal; row 50 is a query equal to both.
        var table = Table(rows: 51, width: 4, seed: 8) { random, _ in random.nextUnitFloat() }
        for column in 0..<4 {
            table.values[4 + column] = table.values[column]
            table.values[200 + column] = table.values[column]
        }
        let found = try search(table, references: 50, k: 2)
        #expect(found.positions[0] == 1)
        #expect(found.positions[2] == 0)
        #expect(Set(found.positions[100...]) == [0, 1])
        for query in 0..<50 { #expect(!found.positions[query * 2..<query * 2 + 2].contains(UInt32(query))) }
    }

    @Test func ranksTiesByDatasetRowNotByPosition() throws {
        let table = Table(rows: 60, width: 2, seed: 9) { _, _ in 1 }
        let rows = (0..<60).map { 1000 - 7 * $0 }
        let found = try table.values.withUnsafeBufferPointer {
            try NeighborSearch(Engine(), rows: rows, references: 60, k: 5, ties: TieOrder(seed: 3))
                .nearest(in: ActivationMatrix(values: $0, width: 2))
        }
        let order = (1..<60).sorted { TieOrder(seed: 3).rank(of: rows[$0]) < TieOrder(seed: 3).rank(of: rows[$1]) }
        #expect(found.positions[..<5] == order.prefix(5).map(UInt32.init)[...])
    }

    @Test func refusesWhatItCannotAnswer() throws {
        let table = Table(rows: 10, width: 3, seed: 10) { random, _ in random.nextUnitFloat() }
        #expect(throws: NeighborsError.tooFewReferences(references: 5, k: 5)) {
            try self.search(table, references: 5, k: 5)
        }
        var broken = table
        broken.values[4] = .nan
        #expect(throws: NeighborsError.self) { try self.search(broken, references: 8, k: 3) }
    }

    @Test func sameBitsEveryTime() throws {
        let table = Table(rows: 500, width: 120, seed: 11) { random, row in random.nextUnitFloat() * Float(row % 7) }
        #expect(try search(table, references: 400, k: 15) == search(table, references: 400, k: 15))
    }
}
