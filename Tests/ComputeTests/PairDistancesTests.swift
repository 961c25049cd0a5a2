import Compute
import Testing

/// Distances of many pairs at once are those of the pairs one by one.
@Suite struct PairDistancesTests {
    /// Widths around a slice and a vector; few pairs, which are computed apart, and many.
    @Test(arguments: [1, 31, 256, 257, 519, 1024, 1025, 1500], [3, 40])
    func equalsPairsOneByOne(width: Int, rows: Int) throws {
        var random = CounterRandom(seed: 11, purpose: .initialisation, step: UInt32(width))
        let values = (0..<rows * width).map { _ in 2 * random.nextUnitFloat() - 1 }
        try values.withUnsafeBufferPointer { buffer in
            let base = try #require(buffer.baseAddress)
            var pairs = PairDistances(width: width, positions: rows)
            // A second use must not remember the first.
            for first in [1, 0] {
                pairs.removeAll()
                var expected: [(UnsafePointer<Float>, UnsafePointer<Float>)] = []
                for row in 0..<rows {
                    let others = Array((row + first)..<rows)
                    pairs.append(row, at: base + row * width, others) { base + $0 * width }
                    expected += others.map { (base + row * width, base + $0 * width) }
                }
                #expect(pairs.count == expected.count)
                let exact = try pairs.exact()
                let bounds = try pairs.bounds()
                for (pair, (a, b)) in expected.enumerated() {
                    #expect(exact[pair] == SquaredDistance.between(a, b, width: width))
                    #expect(bounds[pair].lower <= exact[pair] && exact[pair] <= bounds[pair].upper)
                }
            }
        }
    }

    @Test(arguments: [8, 1500]) func noPairsHaveNoDistances(width: Int) throws {
        var pairs = PairDistances(width: width, positions: 2)
        #expect(try pairs.exact().isEmpty)
        #expect(try pairs.bounds().isEmpty)
    }
}
