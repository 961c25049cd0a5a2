import Compute
import Recipes
import Testing
import Training

/// Input margins against slopes of the logits that forward passes alone show.
@Suite struct InputMarginTests {
    /// Examples that can be moved.
    private struct Moved: Examples {
        let shape: InputShape
        let values: [Float]
        var count: Int { values.count / shape.count }

        func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
            for index in 0..<shape.count { destination[index] = values[row * shape.count + index] }
        }
    }

    private static let networks: [(String, InputShape, NetworkOptions)] = [
        ("mlp", .features(7), NetworkOptions(hidden: [9, 8])),
        ("mlp", .image(height: 5, width: 4, channels: 2), NetworkOptions(hidden: [9])),
        ("cnn", .image(height: 8, width: 9, channels: 1), NetworkOptions()),
        ("cnn", .image(height: 8, width: 8, channels: 3), NetworkOptions()),
        ("resnet20", .image(height: 8, width: 8, channels: 3), NetworkOptions(weightStandardization: true)),
    ]

    @Test(arguments: networks.indices) func isTheDistanceToTheBoundaryToFirstOrder(index: Int) throws {
        let (name, shape, options) = Self.networks[index]
        let (classes, count) = (4, 5)
        var random = CounterRandom(seed: 20_261_126, purpose: .shuffling, step: UInt32(index))
        let values = (0..<count * shape.count).map { _ in 2 * random.nextUnitFloat() - 1 }
        let model = try Model(
            Engine(),
            network: try #require(Networks.named(name)),
            settings: NetworkSettings(input: shape, classes: classes, options: options),
            trainingBatches: [3],
            inferenceBatch: 2,
            seed: 5
        )
        func logits(_ values: [Float]) throws -> [Float] {
            var all: [Float] = []
            try model.infer(Moved(shape: shape, values: values), rows: 0..<count) { _, logits in
                all += UnsafeBufferPointer(start: logits, count: classes)
            }
            return all
        }
        let start = try logits(values)
        // Central differences, all examples moved at once: they do not depend on each other.
        var slopes = [Float](repeating: 0, count: count * classes * shape.count)
        let step: Float = 0.004
        for column in 0..<shape.count {
            var (up, down) = (values, values)
            for row in 0..<count {
                up[row * shape.count + column] += step
                down[row * shape.count + column] -= step
            }
            let (a, b) = (try logits(up), try logits(down))
            for index in a.indices { slopes[index * shape.count + column] = (a[index] - b[index]) / (2 * step) }
        }
        for others in [1, classes - 1] {
            var got = [Float](repeating: .nan, count: count)
            let examples = Moved(shape: shape, values: values)
            try model.inputMargins(examples, rows: Array(0..<count), classes: others) { got[$0] = $1 }
            for row in 0..<count {
                let order = (0..<classes).sorted { start[row * classes + $0] > start[row * classes + $1] }
                let expected = order[1...others].map { other -> Float in
                    var square: Float = 0
                    for column in 0..<shape.count {
                        let difference =
                            slopes[(row * classes + order[0]) * shape.count + column]
                            - slopes[(row * classes + other) * shape.count + column]
                        square += difference * difference
                    }
                    return (start[row * classes + order[0]] - start[row * classes + other]) / square.squareRoot()
                }.min()!
                #expect(abs(got[row] - expected) <= 0.03 * expected, "row \(row): \(got[row]), \(expected)")
            }
        }
    }

    @Test func batchNormalisationHasNone() throws {
        let shape = InputShape.image(height: 8, width: 8, channels: 1)
        let model = try Model(
            Engine(),
            network: try #require(Networks.named("resnet20")),
            settings: NetworkSettings(input: shape, classes: 3, options: NetworkOptions(norm: .batch)),
            trainingBatches: [2],
            inferenceBatch: 2,
            seed: 1
        )
        #expect(!model.supportsInputMargin)
        #expect(throws: TrainingError.self) {
            try model.inputMargins(Moved(shape: shape, values: []), rows: [0], classes: 1) { _, _ in }
        }
    }
}
