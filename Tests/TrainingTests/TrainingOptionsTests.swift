import Compute
import Foundation
import Recipes
import Testing
import Training

/// One cycle and label smoothing against PyTorch in float64; see Fixtures/make_training_options.py.
@Suite struct TrainingOptionsTests {
    private struct Reference: Decodable {
        struct Cycle: Decodable {
            var peak: Double
            var warmup_fraction: Double
            var steps: Int
            var rates: [Double]
        }

        struct Smoothing: Decodable {
            var smoothing: Double
            var shape: [Int]
            var hidden: [Int]
            var classes: Int
            var batch: Int
            var seed: UInt64
            var loss: Double
            var gradients: [String: Golden.Digest]
        }

        var one_cycle: [Cycle]
        var label_smoothing: [Smoothing]

        static func load() throws -> Reference {
            let url = try #require(Bundle.module.url(forResource: "Fixtures/training_options", withExtension: "json"))
            return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
        }
    }

    @Test func oneCycleIsPyTorchs() throws {
        for cycle in try Reference.load().one_cycle {
            let rate = LearningRate(
                peak: cycle.peak,
                course: .oneCycle,
                warmupFraction: cycle.warmup_fraction,
                stepsPerEpoch: cycle.steps,
                epochs: 1
            )
            #expect(cycle.rates.count == cycle.steps)
            for (step, expected) in cycle.rates.enumerated() {
                let got = rate.rate(at: step)
                #expect(
                    abs(got - expected) <= 1e-12 * cycle.peak,
                    "step \(step) of \(cycle.steps): \(got), \(expected)"
                )
            }
        }
    }

    /// PyTorch divides by zero where the first phase is one step long: the rate is at its peak there.
    @Test func oneCycleWithARiseOfOneStepBeginsAtThePeak() {
        let rate = LearningRate(peak: 1, course: .oneCycle, warmupFraction: 0.1, stepsPerEpoch: 10, epochs: 1)
        #expect(rate.rate(at: 0) == 1)
        #expect((0..<10).allSatisfy { rate.rate(at: $0).isFinite && rate.rate(at: $0) > 0 })
    }

    @Test func smoothedGradientsArePyTorchsAndTheObservedLossIsThatOfTheLabel() throws {
        for expected in try Reference.load().label_smoothing {
            let examples = FormulaExamples(dimensions: expected.shape, count: expected.batch)
            let rows = Array(0..<expected.batch)
            let model = try Model(
                Engine(),
                network: try #require(Networks.named("mlp")),
                settings: NetworkSettings(
                    input: examples.shape,
                    classes: expected.classes,
                    options: NetworkOptions(hidden: expected.hidden)
                ),
                trainingBatches: [expected.batch],
                inferenceBatch: expected.batch,
                seed: expected.seed
            )
            let loss = try model.step(
                examples,
                rows: rows[...],
                labels: rows.map { examples.label($0, classes: expected.classes) },
                rate: 0,
                momentum: 0,
                weightDecay: 0,
                labelSmoothing: Float(expected.smoothing)
            )
            #expect(abs(Double(loss) - expected.loss) < PyTorchTests.tolerance)
            for gradient in try model.lastGradients() {
                let error = try #require(expected.gradients[gradient.name]).deviation(of: gradient.values)
                #expect(error < PyTorchTests.tolerance, "gradient of \(gradient.name), smoothing \(expected.smoothing)")
            }
        }
    }

    @Test func smoothingOffIsTheSameBits() throws {
        let data = Blobs(count: 40)
        func weights(_ change: (inout TrainingSettings) -> Void) throws -> [NamedTensor] {
            var settings = TrainingSettings(epochs: 2, batchSize: 16, learningRate: 0.1, seed: 8)
            change(&settings)
            var trainer = try Trainer(
                Engine(),
                network: try #require(Networks.named("mlp")),
                shape: data.shape,
                classes: 3,
                options: NetworkOptions(hidden: [8]),
                labels: data.labels,
                heldOut: (0..<40).map { $0 % 4 == 0 },
                settings: settings
            )
            try trainer.run(on: data)
            return try trainer.model.weights()
        }
        let plain = try weights { _ in }
        #expect(try weights { $0.labelSmoothing = 0 } == plain)
        #expect(try weights { $0.labelSmoothing = 0.1 } != plain)
        #expect(throws: TrainingError.self) { try weights { $0.labelSmoothing = 1 } }
        #expect(throws: TrainingError.self) { try weights { $0.augmentation = Augmentation(flip: true) } }
    }
}
