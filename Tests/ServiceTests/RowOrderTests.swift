import Service
import Testing

/// Sort orders and what is kept of them.
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

    @Test func theListNotAskedForLongestGoesFirst() {
        let lists = RowLists(budget: 100)
        var made: [String] = []
        func ask(_ key: String, rows: Int) {
            let list = lists.list(key) {
                made.append(key)
                return [Int32](repeating: 7, count: rows)
            }
            #expect(list.count == rows)
        }
        ask("a", rows: 10)
        ask("b", rows: 10)
        ask("a", rows: 10)
        #expect(made == ["a", "b"] && lists.bytes == 80)
        ask("c", rows: 10)  // b goes
        ask("a", rows: 10)
        ask("b", rows: 10)
        #expect(made == ["a", "b", "c", "b"] && lists.bytes == 80)
        ask("all", rows: 100)
        ask("all", rows: 100)
        #expect(made.count == 6, "larger than the budget alone: made each time, and nothing else is lost")
        ask("a", rows: 10)
        #expect(made.count == 6)
    }
}
