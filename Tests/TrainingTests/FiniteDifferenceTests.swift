import Compute
import Recipes
import Testing
import Training

/// Gradients against central differences of a loss that plain float64 loops compute, written apart from the engine.
@Suite struct FiniteDifferenceTests {
    static let networks: [(name: String, dimensions: [Int], options: NetworkOptions)] = [
        ("mlp", [6], NetworkOptions(hidden: [9, 7])), ("cnn", [1, 8, 9], NetworkOptions()),
        ("cnn", [3, 8, 8], NetworkOptions()), ("cnn", [3, 9, 8], NetworkOptions(channels: [8, 16, 20], dense: 10)),
        ("residual", [3, 9, 8], NetworkOptions()),
        ("residual", [1, 8, 8], NetworkOptions(weightStandardization: true)),
    ]

    /// A stem, a block that keeps the shape, one that changes it, and the two odd cases that no network has: a
    /// layer that is added to itself, and one that is added to its own normalisation.
    static let residual = Network(
        name: "residual",
        objection: { _ in nil },
        layers: { settings in
            func convolution(_ channels: Int, size: Int = 3, stride: Int = 1) -> Layer.Kind {
                .convolution(
                    Layer.Filter(
                        channels: channels,
                        size: size,
                        stride: stride,
                        hasBias: false,
                        isStandardized: settings.options.weightStandardization ?? false
                    )
                )
            }
            return [
                Layer("stem", convolution(16)), Layer("stem.norm", .normalization(.group(channels: 4))),
                Layer("stem.relu", .relu),
                Layer("first.conv", convolution(16)), Layer("first.norm", .normalization(.group(channels: 16))),
                Layer("first", .addition(of: "stem.relu")), Layer("first.relu", .relu),
                Layer("short.conv", convolution(24, size: 1, stride: 2)),
                Layer("short.norm", .normalization(.group(channels: 8))),
                Layer("second.conv", convolution(24, stride: 2), from: "first.relu"),
                Layer("second.norm", .normalization(.group(channels: 4))),
                Layer("second", .addition(of: "short.norm")),
                Layer("twice", .addition(of: "second")),
                Layer("self.norm", .normalization(.group(channels: 6))), Layer("self", .addition(of: "twice")),
                Layer("pool", .averagePooling), Layer("logits", .dense(units: settings.classes)),
            ]
        }
    )

    @Test(arguments: networks.indices) func gradientsAreSlopes(index: Int) throws {
        let (name, dimensions, options) = FiniteDifferenceTests.networks[index]
        let classes = 3
        let examples = FormulaExamples(dimensions: dimensions, count: 3)
        let labels = (0..<3).map { examples.label($0, classes: classes) }
        let network =
            name == "residual" ? FiniteDifferenceTests.residual : try #require(Networks.named(name))
        let settings = NetworkSettings(input: examples.shape, classes: classes, options: options)
        let model = try Model(
            Engine(),
            network: network,
            settings: settings,
            trainingBatches: [3],
            inferenceBatch: 3,
            seed: 20
        )
        let weights = try model.weights()
        let loss = try model.step(
            examples,
            rows: [0, 1, 2],
            labels: labels,
            rate: 0,
            momentum: 0,
            weightDecay: 0
        )
        let gradients = try model.lastGradients()
        let reference = ReferenceNetwork(layers: network.layers(settings), dimensions: dimensions)

        var values = weights.map { $0.values.map(Double.init) }
        let inputs = (0..<3).map { examples.values(row: $0).map(Double.init) }
        let expectedLoss = reference.loss(inputs, labels, weights: values)
        #expect(abs(Double(loss) - expectedLoss) < 1e-6)

        // Some entries of each parameter. Where a ReLU or a maximum has a kink within the step, the slopes on the two
        // sides differ and the gradient lies between them.
        let step = 1e-6
        for (place, gradient) in gradients.enumerated() {
            let scale = gradient.values.map { abs(Double($0)) }.max() ?? 0
            for entry in stride(from: 0, to: gradient.values.count, by: max(1, gradient.values.count / 3)) {
                let original = values[place][entry]
                values[place][entry] = original + step
                let above = reference.loss(inputs, labels, weights: values)
                values[place][entry] = original - step
                let below = reference.loss(inputs, labels, weights: values)
                values[place][entry] = original
                let slopes = [(above - expectedLoss) / step, (expectedLoss - below) / step]
                let value = Double(gradient.values[entry])
                let tolerance = 1e-4 * scale + 1e-7
                #expect(
                    value > slopes.min()! - tolerance && value < slopes.max()! + tolerance,
                    "\(gradient.name)[\(entry)]: \(value), slopes \(slopes)"
                )
            }
        }
    }
}
