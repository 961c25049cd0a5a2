import Compute
import Recipes
import Testing
import Training

/// Both networks against PyTorch in float64: logits, loss, all gradients, two steps of SGD, every probe.
@Suite struct PyTorchTests {
    /// float32 against float64: some tens of roundings.
    static let tolerance = 2e-5

    /// One thread computes convolutions by Winograd's algorithm where the processor allows, two by oneDNN.
    @Test(arguments: 0..<4, 1...2) func agrees(index: Int, threads: Int) throws {
        let golden = try Golden.load().cases[index]
        let examples = FormulaExamples(dimensions: golden.shape, count: golden.batch)
        let labels = (0..<golden.batch).map { examples.label($0, classes: golden.classes) }
        let rows = Array(0..<golden.batch)
        let model = try Model(
            Engine(threads: threads),
            network: try #require(Networks.named(golden.name)),
            settings: NetworkSettings(
                input: examples.shape,
                classes: golden.classes,
                options: NetworkOptions(hidden: golden.hidden)
            ),
            trainingBatches: [golden.batch],
            inferenceBatch: golden.batch,
            seed: golden.seed
        )

        #expect(model.probeNames.count == golden.probes.count)
        for (probe, expected) in golden.probes.enumerated() {
            let values = try model.activations(of: probe, examples, rows: rows)
            #expect(expected.deviation(of: values) < PyTorchTests.tolerance, "probe \(model.probeNames[probe])")
        }
        for (number, step) in golden.steps.enumerated() {
            var logits: [Float] = []
            try model.infer(examples, rows: rows) { _, row in
                logits += UnsafeBufferPointer(start: row, count: golden.classes)
            }
            for (value, expected) in zip(logits, step.logits) {
                #expect(abs(Double(value) - expected) < PyTorchTests.tolerance * max(1, abs(expected)))
            }
            let loss = try model.step(
                examples,
                rows: rows[...],
                labels: labels,
                rate: Float(golden.rate),
                momentum: Float(golden.momentum),
                weightDecay: Float(golden.weightDecay)
            )
            #expect(abs(Double(loss) - step.loss) < PyTorchTests.tolerance)
            let gradients = try model.lastGradients()
            let weights = try model.weights()
            #expect(Set(weights.map(\.name)) == Set(step.weights.keys))
            for (gradient, weight) in zip(gradients, weights) {
                let name = weight.name
                let gradientError = try #require(step.gradients[name]).deviation(of: gradient.values)
                let weightError = try #require(step.weights[name]).deviation(of: weight.values)
                #expect(gradientError < PyTorchTests.tolerance, "gradient of \(name) in step \(number + 1)")
                #expect(weightError < PyTorchTests.tolerance, "\(name) after step \(number + 1)")
            }
        }
    }
}

extension Model {
    /// Activations of one probe, rows x width.
    func activations(of probe: Int, _ examples: some Examples, rows: [Int]) throws -> [Float] {
        let count = rows.count * probeWidths[probe]
        return try Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            try embed(
                examples,
                rows: rows,
                probes: [probe],
                into: [Rows(buffer.baseAddress!, width: probeWidths[probe])]
            )
            initialized = count
        }
    }
}
