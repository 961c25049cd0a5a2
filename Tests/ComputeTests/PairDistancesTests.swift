import Compute
import Recipes
import Testing

/// Distances of many pairs at once are those of the pairs one by one.
@Suite struct PairDistancesTests {
    /// Every two of some rows that lie one after the other.
    private func allPairs(_ base: UnsafePointer<Float>, rows: Int, width: Int) -> PairDistances {
        var pairs = PairDistances(width: width, positions: rows)
        for row in 0..<rows {
            pairs.append(row, at: base + row * width, Array(row + 1..<rows)) { UnsafeRawPointer(base + $0 * width) }
        }
        return pairs
    }

    /// Widths around a slice and a vector; few pairs, which are computed apart, and many.
    @Test(arguments: [1, 31, 256, 257, 519, 1024, 1025, 1249, 1279, 1500], [3, 40])
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
                    pairs.append(row, at: base + row * width, others) { UnsafeRawPointer(base + $0 * width) }
                    expected += others.map { (base + row * width, base + $0 * width) }
                }
                #expect(pairs.count == expected.count)
                let exact = try pairs.exact()
                let bounds = try Precision.allCases.map { try pairs.bounds($0) }
                for (pair, (a, b)) in expected.enumerated() {
                    #expect(exact[pair] == SquaredDistance.between(a, b, width: width))
                    for bounds in bounds {
                        #expect(bounds[pair].lower <= exact[pair] && exact[pair] <= bounds[pair].upper)
                    }
                }
            }
        }
    }

    /// Rows kept in bfloat16 give what the same numbers give as floats, to the bit: distances, and bounds that hold.
    @Test(arguments: [1, 31, 256, 519, 1024, 1025, 1500], [3, 40])
    func keptInHalfTheBytesTheyAreTheSame(width: Int, count: Int) throws {
        guard Precision.bf16.isNative else { return }
        var random = CounterRandom(seed: 15, purpose: .initialisation, step: UInt32(width))
        var halves = (0..<count * width).map { _ in
            UInt16(truncatingIfNeeded: (2 * random.nextUnitFloat() - 1).bitPattern >> 16)
        }
        let values = halves.map { Float(bitPattern: UInt32($0) << 16) }
        try halves.withUnsafeMutableBufferPointer { halves in
            let rows = Rows(UnsafeMutableRawPointer(halves.baseAddress!), width: width, precision: .bf16)
            var pairs = PairDistances(width: width, precision: .bf16, positions: count)
            for row in 0..<count {
                pairs.append(row, at: rows[row], Array(row + 1..<count)) { UnsafeRawPointer(rows[$0]) }
            }
            try values.withUnsafeBufferPointer { buffer in
                let base = try #require(buffer.baseAddress)
                var whole = allPairs(base, rows: count, width: width)
                let exact = try pairs.exact()
                #expect(exact == (try whole.exact()))
                for precision in Precision.allCases {
                    let bounds = try pairs.bounds(precision)
                    let expected = try whole.bounds(precision)
                    #expect(bounds.map(\.lower) == expected.map(\.lower))
                    #expect(bounds.map(\.upper) == expected.map(\.upper))
                }
                // As floats again, in whole and in part.
                var room = [Float](repeating: 0, count: width)
                let widened = Array(UnsafeBufferPointer(start: rows.floats(1, count: width, in: &room), count: width))
                #expect(widened == Array(values[width..<2 * width]))
                let part = rows.floats(2, from: width / 2, count: width - width / 2, in: &room)
                #expect(part[0] == values[2 * width + width / 2])
            }
        }
    }

    /// Rows that bfloat16 holds exactly, as those of a network that computes in it, are bounded as closely as float32
    /// sums allow; of others the bounds are apart by what rounding leaves out. Equal rows are not told apart.
    @Test(arguments: [1500, 4096], [true, false]) func boundsAreClose(width: Int, isRounded: Bool) throws {
        let count = 24
        var random = CounterRandom(seed: 12, purpose: .initialisation, step: UInt32(width))
        var values = (0..<count * width).map { _ in
            let value = random.nextUnitFloat()
            return isRounded ? Float(bitPattern: value.bitPattern & 0xFFFF_0000) : value
        }
        for column in 0..<width { values[width + column] = values[column] }
        try values.withUnsafeBufferPointer { buffer in
            let base = try #require(buffer.baseAddress)
            var pairs = allPairs(base, rows: count, width: width)
            let exact = try pairs.exact()
            let bounds = try pairs.bounds(.bf16)
            let allowed = isRounded || !Precision.bf16.isNative ? 2e-4 : 0.02
            #expect(bounds[0].lower <= 0 && exact[0] == 0)
            for pair in 1..<pairs.count {
                #expect(bounds[pair].lower <= exact[pair] && exact[pair] <= bounds[pair].upper)
                #expect(bounds[pair].upper - bounds[pair].lower <= allowed * exact[pair])
            }
        }
    }

    /// What float32 or bfloat16 cannot represent widens bounds and never narrows them.
    @Test(arguments: [Float(1e30), 3.4e38, 1e-30, Float.leastNormalMagnitude / 256, .infinity, .nan])
    func boundsExtremes(scale: Float) throws {
        let (width, count) = (1300, 16)
        var random = CounterRandom(seed: 13, purpose: .initialisation, step: 0)
        let values = (0..<count * width).map { _ in scale * (2 * random.nextUnitFloat() - 1) }
        try values.withUnsafeBufferPointer { buffer in
            let base = try #require(buffer.baseAddress)
            var pairs = allPairs(base, rows: count, width: width)
            let exact = try pairs.exact()
            for bounds in try Precision.allCases.map({ try pairs.bounds($0) }) {
                for pair in 0..<pairs.count where !exact[pair].isNaN {
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
