import Compute
import Recipes
import Testing

/// Distances in float64, what float32 proves of them, and rows rounded to bfloat16.
@Suite struct DistanceTests {
    private static func values(_ count: Int, seed: UInt64, scale: Float) -> [Float] {
        var random = CounterRandom(seed: seed, purpose: .initialisation, step: 0)
        return (0..<count).map { _ in scale * (2 * random.nextUnitFloat() - 1) }
    }

    /// Short and long, odd and even, and so small or large that float32 has no squares of them.
    @Test(arguments: [1, 7, 31, 32, 33, 100, 2048, 2079, 12544], [Float(1), 1e-25, 1e-3, 1e22])
    func boundsHoldTheExactDistance(width: Int, scale: Float) throws {
        for seed in UInt64(0)..<4 {
            let a = DistanceTests.values(width, seed: seed, scale: scale)
            let b = DistanceTests.values(width, seed: seed + 100, scale: scale)
            let exact = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
            let bounds = try a.withUnsafeBufferPointer { a in
                try b.withUnsafeBufferPointer { b in
                    let (a, b) = (try #require(a.baseAddress), try #require(b.baseAddress))
                    var pairs = PairDistances(width: width, positions: 2)
                    pairs.append(0, at: a, [1]) { _ in UnsafeRawPointer(b) }
                    return try #require(try pairs.bounds().first)
                }
            }
            #expect(bounds.lower <= exact && exact <= bounds.upper, "seed \(seed)")
            // They are of use where float32 can hold the squares.
            if scale == 1 { #expect(bounds.upper - bounds.lower < 1e-4 * exact, "seed \(seed)") }
        }
    }

    /// Against rounding to nearest, ties to even, by integers.
    @Test(.enabled(if: Precision.bf16.isNative, "this processor has no bfloat16"), arguments: [1, 15, 16, 17, 333])
    func roundsToNearest(width: Int) {
        let row = DistanceTests.values(width, seed: 3, scale: 5)
        let center = DistanceTests.values(width, seed: 4, scale: 1)
        for about in [nil, center] {
            let exact = row.indices.map { Double(row[$0]) - Double(about?[$0] ?? 0) }
            let expected = row.indices.map { index -> UInt16 in
                let bits = (row[index] - (about?[index] ?? 0)).bitPattern
                return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
            }
            // One more, to see that nothing is written behind the row.
            var rounded = [UInt16](repeating: 0xABCD, count: width + 1)
            var measure = (squaredNorm: 0.0, squaredError: 0.0)
            row.withUnsafeBufferPointer { row in
                rounded.withUnsafeMutableBufferPointer { rounded in
                    func run(_ center: UnsafePointer<Float>?) {
                        Rounding.round(row.baseAddress!, about: center, count: width, into: rounded.baseAddress!)
                        measure = Rounding.measure(row.baseAddress!, about: center, count: width)
                    }
                    if let about { about.withUnsafeBufferPointer { run($0.baseAddress) } } else { run(nil) }
                }
            }
            #expect(rounded == expected + [0xABCD])
            let values = expected.map { Double(Float(bitPattern: UInt32($0) << 16)) }
            let norm = values.reduce(0) { $0 + $1 * $1 }
            let error = zip(exact, values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            #expect(abs(measure.squaredNorm - norm) <= 1e-12 * norm)
            #expect(abs(measure.squaredError - error) <= 1e-9 * error + 1e-30)
        }
    }

    @Test(.enabled(if: Precision.bf16.isNative, "this processor has no bfloat16"))
    func multipliesRoundedRowsExactly() throws {
        let (rows, columns, inner) = (48, 64, 200)
        let product = try PackedProduct(Engine(), rows: rows, columns: columns, inner: inner, precision: .bf16)
        func rounded(_ count: Int, seed: UInt64) -> [UInt16] {
            DistanceTests.values(count, seed: seed, scale: 2).map { UInt16($0.bitPattern >> 16) }
        }
        let (left, right) = (rounded(rows * inner, seed: 5), rounded(columns * inner, seed: 6))
        func value(_ bits: UInt16) -> Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
        try right.withUnsafeBufferPointer { right in
            try product.setMatrix(UnsafeRawPointer(right.baseAddress!))
            let tile = try left.withUnsafeBytes { try product.multiply($0.baseAddress!) }
            for row in 0..<rows {
                for column in 0..<columns {
                    let exact = (0..<inner).reduce(0.0) { sum, index in
                        sum + value(left[row * inner + index]) * value(right[column * inner + index])
                    }
                    #expect(abs(Double(tile[row * columns + column]) - exact) < 1e-4)
                }
            }
        }
    }
}
