import Arrays
import Testing

/// Sort orders against those that comparison gives.
@Suite struct RowOrderTests {
    @Test(arguments: [false, true]) func ordersAsComparisonDoes(descending: Bool) {
        let seed: UInt64 = 20_261_126
        print("seed \(seed)")
        var state = seed
        func next() -> UInt32 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(state >> 32)
        }
        let special: [Float] = [
            0, -0.0, .infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude, 1, -1, 1e30, -1e-30,
        ]
        // Any bits at all, and few values with many ties.
        for values in [
            (0..<5_000).map { _ in Float(bitPattern: next()) } + special,
            (0..<3_000).map { _ in next() % 4 == 0 ? .nan : Float(next() % 7) - 3 },
            [2.5, 2.5, 2.5], [.nan, .nan], [],
        ] {
            let present = values.indices.filter { !values[$0].isNaN }.sorted {
                values[$0] == values[$1] ? $0 < $1 : (descending ? values[$0] > values[$1] : values[$0] < values[$1])
            }
            let expected = present + values.indices.filter { values[$0].isNaN }
            let got = values.withUnsafeBufferPointer { RowOrder.sorted($0, descending: descending) }
            #expect(got == expected.map(Int32.init))
        }
    }
}
