import Testing
import Worker

/// Which examples stand for all of them in a dry run.
@Suite struct CalibrationSampleTests {
    private func sample(train: Int, heldOut: Int, batch: Int, forward: Int = 5_000_000, widths: [Int] = [784, 25_000])
        -> CalibrationSample
    {
        // Every fifth row is held out.
        let rows = 0..<(train + heldOut)
        return CalibrationSample(
            train: Array(rows.filter { $0 % 5 != 0 }.prefix(train)),
            heldOut: Array(rows.filter { $0 % 5 == 0 }.prefix(heldOut)),
            batch: batch,
            forward: forward,
            widths: widths
        )
    }

    @Test func fewExamplesAreTakenWhole() {
        let all = sample(train: 400, heldOut: 100, batch: 128)
        #expect(all.rows.count == 500 && all.trained == 400 && Set(all.rows).count == 500)
    }

    @Test func ofManyItTakesWholeBatchesInTheSameProportion() {
        let some = sample(train: 48_000, heldOut: 12_000, batch: 128)
        #expect(some.trained % 128 == 0 && some.rows.count < 8_000 && some.rows.count >= 512)
        #expect(abs(Double(some.trained) / Double(some.rows.count) - 0.8) < 0.01)
        #expect(some.rows.prefix(some.trained).allSatisfy { $0 % 5 != 0 })
        #expect(some.rows.dropFirst(some.trained).allSatisfy { $0 % 5 == 0 })
        #expect(Set(some.rows).count == some.rows.count && some.rows.max()! > 59_000)
    }

    @Test func wideAndDeepNetworksGetFewerAndAtLeastOneBatch() {
        let shallow = sample(train: 48_000, heldOut: 12_000, batch: 64, widths: [20])
        let wide = sample(train: 48_000, heldOut: 12_000, batch: 64, widths: [100_000])
        #expect(wide.rows.count < shallow.rows.count)
        let deep = sample(train: 48_000, heldOut: 12_000, batch: 64, forward: 600_000_000, widths: [20])
        #expect(deep.rows.count < shallow.rows.count)
        #expect(sample(train: 48_000, heldOut: 12_000, batch: 4_096, forward: 600_000_000).trained == 4_096)
    }
}
