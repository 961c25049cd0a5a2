import Testing
import Training

@Suite struct LearningRateTests {
    private func rates(_ course: LearningRate.Course, warmup: Double = 0) -> [Double] {
        let rate = LearningRate(peak: 1, course: course, warmupFraction: warmup, stepsPerEpoch: 5, epochs: 4)
        return (0..<20).map { rate.rate(at: $0) }
    }

    @Test func warmsUpLinearly() {
        let rates = rates(.constant, warmup: 0.2)
        #expect(rates[..<5] == [0.25, 0.5, 0.75, 1, 1])
        #expect(rates.allSatisfy { $0 <= 1 && $0 > 0 })
    }

    @Test func followsHalfACosine() {
        let rates = rates(.cosine)
        #expect(rates[0] == 1)
        #expect(abs(rates[10] - 0.5) < 1e-12)
        #expect(rates[19] > 0 && rates[19] < 0.01)
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test func stepsAfterTheNamedEpochs() {
        let rates = rates(.step(epochs: [1, 3], factor: 0.1))
        #expect(rates[4] == 1)
        #expect(abs(rates[5] - 0.1) < 1e-12 && abs(rates[14] - 0.1) < 1e-12)
        #expect(abs(rates[15] - 0.01) < 1e-12)
    }

    @Test func averagesOverAnEpoch() {
        let rate = LearningRate(peak: 2, course: .constant, warmupFraction: 0.25, stepsPerEpoch: 4, epochs: 4)
        #expect(rate.mean(inEpoch: 0) == (0.5 + 1 + 1.5 + 2) / 4)
        #expect(rate.mean(inEpoch: 3) == 2)
    }
}
