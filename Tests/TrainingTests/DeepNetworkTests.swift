import Compute
import Recipes
import Testing
import Training

/// The networks with normalisation against PyTorch in float64: probes and logits in evaluation, loss, gradients and
/// running statistics in two steps of SGD; and a short loss curve.
@Suite struct DeepNetworkTests {
    struct Fixture: Decodable {
        struct Case: Decodable {
            struct Options: Decodable {
                var norm: String?
                var weight_standardization: Bool?
                var channels: [Int]?
                var dense: Int?
            }

            var name: String
            var shape: [Int]
            var classes: Int
            var batch: Int
            var seed: UInt64
            var rate: Double
            var momentum: Double
            var weightDecay: Double
            var options: Options
            var probes: [Golden.Digest]
            var steps: [Step]
        }

        struct Step: Decodable {
            var loss: Double
            var logits: [Double]
            var gradients: [String: Golden.Digest]
            var running: [String: Golden.Digest]
            /// Largest deviation of a gradient where PyTorch itself computes in float32.
            var float32Noise: Double
        }

        struct Curve: Decodable {
            var shape: [Int]
            var classes: Int
            var seed: UInt64
            var batches: Int
            var batch: Int
            var epochs: Int
            var rate: Double
            var losses: [Double]
            /// Largest difference between PyTorch's float32 and float64.
            var float32Noise: Double
        }

        var cases: [Case]
        var curve: Curve
    }

    /// Deviation from float64 of activations, loss and running statistics, relative to the norm of each tensor. That of
    /// gradients is held against PyTorch's own in float32, which differs by network: four times that, or this.
    static let tolerance = 2e-5

    private func model(_ test: Fixture.Case, engine: Engine) throws -> Model {
        let model = try Model(
            engine,
            network: try #require(Networks.named(test.name)),
            settings: NetworkSettings(
                input: FormulaExamples(dimensions: test.shape, count: 1).shape,
                classes: test.classes,
                options: NetworkOptions(
                    channels: test.options.channels,
                    dense: test.options.dense,
                    norm: test.options.norm.flatMap { NetworkOptions.Norm(rawValue: $0) },
                    weightStandardization: test.options.weight_standardization
                )
            ),
            trainingBatches: [test.batch],
            inferenceBatch: test.batch,
            seed: test.seed
        )
        try model.useFormulaNorms()
        return model
    }

    /// One thread computes convolutions by Winograd's algorithm where the processor allows, two by oneDNN.
    /// The large networks differ from the small ones in no kind of layer, so one of them is enough for both.
    @Test(arguments: (0..<8).map { ($0, 1) } + [0, 1, 2, 3, 7].map { ($0, 2) })
    func agrees(index: Int, threads: Int) throws {
        let test = try Golden.load("networks", as: Fixture.self).cases[index]
        let examples = FormulaExamples(dimensions: test.shape, count: test.batch)
        let labels = (0..<test.batch).map { examples.label($0, classes: test.classes) }
        let rows = Array(0..<test.batch)
        let model = try model(test, engine: Engine(threads: threads))

        #expect(model.probeNames.count == test.probes.count)
        for (probe, expected) in test.probes.enumerated() {
            let values = try model.activations(of: probe, examples, rows: rows)
            #expect(expected.deviation(of: values) < DeepNetworkTests.tolerance, "probe \(model.probeNames[probe])")
        }
        for (number, step) in test.steps.enumerated() {
            // The second step begins from the gradients of the first.
            let tolerance = DeepNetworkTests.tolerance * (number == 0 ? 1 : 5)
            var logits: [Float] = []
            try model.infer(examples, rows: rows) { _, row in
                logits += UnsafeBufferPointer(start: row, count: test.classes)
            }
            let scale = step.logits.map(abs).max() ?? 0
            for (value, expected) in zip(logits, step.logits) {
                #expect(abs(Double(value) - expected) < tolerance * max(1, scale))
            }
            let loss = try model.step(
                examples,
                rows: rows[...],
                labels: labels,
                rate: Float(test.rate),
                momentum: Float(test.momentum),
                weightDecay: Float(test.weightDecay)
            )
            #expect(abs(Double(loss) - step.loss) < tolerance)
            let gradients = try model.lastGradients()
            #expect(Set(gradients.map(\.name)) == Set(step.gradients.keys))
            for gradient in gradients {
                let error = try #require(step.gradients[gradient.name]).deviation(of: gradient.values)
                #expect(
                    error < max(tolerance, 4 * step.float32Noise),
                    "gradient of \(gradient.name) in step \(number + 1)"
                )
            }
            let running = try model.weights().filter { $0.name.contains(".running_") }
            #expect(Set(running.map(\.name)) == Set(step.running.keys))
            for average in running {
                let error = try #require(step.running[average.name]).deviation(of: average.values)
                #expect(error < tolerance, "\(average.name) after step \(number + 1)")
            }
        }
    }

    /// Three epochs of six batches: the losses stay within a hundred times the noise of PyTorch's own float32.
    @Test func lossCurveIsPyTorchs() throws {
        let curve = try Golden.load("networks", as: Fixture.self).curve
        let examples = BrightExamples(dimensions: curve.shape, count: curve.batches * curve.batch, curve.classes)
        let run = {
            let model = try Model(
                Engine(),
                network: try #require(Networks.named("resnet20")),
                settings: NetworkSettings(input: examples.shape, classes: curve.classes),
                trainingBatches: [curve.batch],
                inferenceBatch: curve.batch,
                seed: curve.seed
            )
            try model.useFormulaNorms()
            var losses: [Float] = []
            for _ in 0..<curve.epochs {
                for start in stride(from: 0, to: examples.count, by: curve.batch) {
                    losses.append(
                        try model.step(
                            examples,
                            rows: Array(0..<examples.count)[start..<start + curve.batch],
                            labels: examples.labels,
                            rate: Float(curve.rate),
                            momentum: 0.9,
                            weightDecay: 0
                        )
                    )
                }
            }
            return (losses, try model.state())
        }
        let (losses, state) = try run()
        #expect(losses.count == curve.losses.count)
        for (loss, expected) in zip(losses, curve.losses) {
            #expect(abs(Double(loss) - expected) < max(1e-4, 100 * curve.float32Noise))
        }
        let (again, sameState) = try run()
        #expect(losses.map(\.bitPattern) == again.map(\.bitPattern))
        #expect(state == sameState)
    }

    /// The smallest and the largest images that the service offers, with either norm and a last batch of one.
    @Test(arguments: [
        ("resnet20", [1, 8, 8]), ("resnet20", [3, 64, 64]), ("resnet18", [1, 64, 64]), ("vgg16", [3, 64, 64]),
        ("vgg16", [1, 8, 20]),
    ])
    func takesAllSizes(name: String, dimensions: [Int]) throws {
        let examples = FormulaExamples(dimensions: dimensions, count: 2)
        let model = try Model(
            Engine(),
            network: try #require(Networks.named(name)),
            settings: NetworkSettings(
                input: examples.shape,
                classes: 2,
                options: NetworkOptions(norm: dimensions[0] == 1 ? .batch : .group)
            ),
            trainingBatches: [2, 1],
            inferenceBatch: 1,
            seed: 1
        )
        #expect(model.probeNames.count == ["resnet20": 12, "resnet18": 11, "vgg16": 15][name])
        for rows in [[0, 1], [1]] {
            let loss = try model.step(
                examples,
                rows: rows[...],
                labels: [0, 1],
                rate: 0.001,
                momentum: 0,
                weightDecay: 0
            )
            #expect(loss.isFinite)
        }
        try model.infer(examples, rows: [0, 1]) { _, logits in #expect(logits[0].isFinite) }
    }

    /// `state()` holds all that the next step depends on.
    @Test func goesOnFromAState() throws {
        let test = try #require(Golden.load("networks", as: Fixture.self).cases.first { $0.options.norm == "batch" })
        let examples = FormulaExamples(dimensions: test.shape, count: test.batch)
        let labels = (0..<test.batch).map { examples.label($0, classes: test.classes) }
        let rows = Array(0..<test.batch)
        func step(_ model: Model) throws {
            try model.step(examples, rows: rows[...], labels: labels, rate: 0.05, momentum: 0.9, weightDecay: 0)
        }
        let model = try model(test, engine: Engine())
        try step(model)
        let state = try model.state()
        try step(model)
        let resumed = try self.model(test, engine: Engine())
        try resumed.setState(state)
        try step(resumed)
        #expect(try model.state() == resumed.state())
        #expect(state.count { $0.name.hasSuffix(".momentum") } > 60)
    }

    @Test func refusesOptionsOfOthers() throws {
        let image = InputShape.image(height: 8, width: 8, channels: 3)
        func option(_ name: String, _ options: NetworkOptions) throws -> String? {
            try #require(Networks.named(name)).objection(
                NetworkSettings(input: image, classes: 2, options: options)
            )?.option
        }
        #expect(try option("resnet20", NetworkOptions(hidden: [3])) == "hidden")
        #expect(try option("vgg16", NetworkOptions(dense: 3)) == "dense")
        #expect(try option("cnn", NetworkOptions(norm: .batch)) == "norm")
        #expect(try option("mlp", NetworkOptions(channels: [3])) == "channels")
        #expect(try option("cnn", NetworkOptions(channels: Array(repeating: 16, count: 7))) == "channels")
        #expect(try option("cnn", NetworkOptions(channels: Array(repeating: 16, count: 6), dense: 5)) == nil)
        #expect(try option("resnet18", NetworkOptions(norm: .batch, weightStandardization: true)) == nil)
    }
}

/// Images whose channel c is brighter by one where they are of class c.
struct BrightExamples: Examples {
    let shape: InputShape
    let count: Int
    let labels: [Int]
    private let formula: FormulaExamples

    init(dimensions: [Int], count: Int, _ classes: Int) {
        let formula = FormulaExamples(dimensions: dimensions, count: count)
        self.formula = formula
        shape = formula.shape
        self.count = count
        labels = (0..<count).map { formula.label($0, classes: classes) }
    }

    func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        formula.copy(row: row, to: destination)
        let pixels = shape.dimensions[1] * shape.dimensions[2]
        for pixel in 0..<pixels { destination[labels[row] * pixels + pixel] += 1 }
    }
}

extension Model {
    /// Gives normalisations the scales and shifts that make_golden.py does, so that neither is one or zero.
    func useFormulaNorms() throws {
        try setWeights(
            weights().map { tensor in
                guard tensor.name.contains("norm"), tensor.name.hasSuffix("weight") || tensor.name.hasSuffix("bias")
                else { return tensor }
                let isScale = tensor.name.hasSuffix("weight")
                let values = tensor.values.indices.map { channel in
                    isScale ? 1 + Float(channel * 37 % 17 - 8) / 32 : Float(channel * 29 % 13 - 6) / 64
                }
                return NamedTensor(name: tensor.name, shape: tensor.shape, values: values)
            }
        )
    }
}
