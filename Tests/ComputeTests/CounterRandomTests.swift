import Compute
import Testing

@Suite struct CounterRandomTests {
    /// Known answers of the authors' library (Random123, kat_vectors, philox4x32 10 rounds).
    @Test func knownAnswers() {
        let vectors: [(counter: [UInt32], key: [UInt32], answer: [UInt32])] = [
            ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (
                Array(repeating: .max, count: 4), [.max, .max],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ]
        for vector in vectors {
            let answer = CounterRandom.philox(SIMD4(vector.counter), key: SIMD2(vector.key))
            #expect(answer == SIMD4(vector.answer))
        }
    }

    @Test func streamsAreFunctionsOfTheirNames() {
        func words(_ seed: UInt64, _ purpose: CounterRandom.Purpose, _ step: UInt32) -> [UInt64] {
            var random = CounterRandom(seed: seed, purpose: purpose, step: step)
            return (0..<8).map { _ in random.next() }
        }
        #expect(words(1, .shuffling, 0) == words(1, .shuffling, 0))
        let others = [
            words(1, .shuffling, 0), words(2, .shuffling, 0), words(1, .initialisation, 0), words(1, .shuffling, 1),
            words(1 << 32 | 1, .shuffling, 0),
        ]
        #expect(Set(others).count == others.count)
    }

    @Test(arguments: [1, 2, 7, 1000, UInt32.max]) func staysBelowItsBound(bound: UInt32) {
        var random = CounterRandom(seed: 3, purpose: .shuffling, step: 4)
        for _ in 0..<2000 { #expect(random.next(below: bound) < bound) }
    }

    @Test func shufflesEvenly() {
        var counts = [[Int]](repeating: [0, 0, 0, 0], count: 4)
        for step in 0..<4000 {
            var values = [0, 1, 2, 3]
            var random = CounterRandom(seed: 8, purpose: .shuffling, step: UInt32(step))
            random.shuffle(&values)
            #expect(values.sorted() == [0, 1, 2, 3])
            for (place, value) in values.enumerated() { counts[place][value] += 1 }
        }
        // 1000 expected each; six standard deviations are 164.
        for count in counts.flatMap(\.self) { #expect(abs(count - 1000) < 164) }
    }

    @Test func unitFloatsFillTheInterval() {
        var random = CounterRandom(seed: 5, purpose: .initialisation, step: 0)
        let values = (0..<20_000).map { _ in random.nextUnitFloat() }
        #expect(values.allSatisfy { (0..<1).contains($0) })
        #expect(abs(values.reduce(0, +) / 20_000 - 0.5) < 0.01)
    }
}
