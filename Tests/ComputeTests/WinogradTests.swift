import Compute
import Testing

/// The convolution kernels against plain loops in float64.
@Suite struct WinogradTests {
    /// Images, channels in and out, rows, columns, and whether windows of 2 x 2 are reduced. The tiles of the last two
    /// fill several rounds of the kernel and leave a rest.
    static let cases: [(images: Int, inputs: Int, outputs: Int, height: Int, width: Int, pools: Bool)] = [
        (2, 16, 32, 5, 6, false), (2, 32, 16, 8, 7, true), (1, 16, 16, 1, 1, false), (1, 16, 16, 3, 2, true),
        (3, 32, 32, 11, 9, false), (5, 16, 48, 10, 12, true),
    ]

    private static func values(_ count: Int, seed: UInt64) -> [Float] {
        var random = CounterRandom(seed: seed, purpose: .initialisation, step: 0)
        return (0..<count).map { _ in 2 * random.nextUnitFloat() - 1 }
    }

    @Test(arguments: cases.indices) func agreesWithPlainLoops(index: Int) throws {
        let test = WinogradTests.cases[index]
        let engine = try Engine()
        try #require(WinogradConvolution.suits(engine, inputs: test.inputs, outputs: test.outputs))
        let sourceShape = [test.images, test.inputs, test.height, test.width]
        let convolution = WinogradConvolution(source: sourceShape, outputs: test.outputs, pools: test.pools)
        let weightsShape = [test.outputs, test.inputs, 3, 3]

        let arena = Arena(engine: engine)
        let source = try arena.tensor(.blockedChannels(sourceShape))
        let weights = try arena.tensor(.rowMajor(weightsShape))
        let bias = try arena.tensor(.rowMajor([test.outputs]))
        let forms = try (0..<2).map { _ in
            try arena.tensor(.rowMajor(WinogradConvolution.transformed(weightsShape)))
        }
        let destination = try arena.tensor(.blockedChannels(convolution.destination))
        let destinationGradient = try arena.tensor(.blockedChannels(convolution.destination))
        let sourceGradient = try arena.tensor(.blockedChannels(sourceShape))
        let weightsGradient = try arena.tensor(.rowMajor(weightsShape))
        let biasGradient = try arena.tensor(.rowMajor([test.outputs]))
        let winners = test.pools ? arena.reserve(byteCount: convolution.winnersByteCount) : nil
        let scratch = arena.reserve(byteCount: convolution.scratchByteCount)
        try arena.allocate()

        let reference = PlainConvolution(
            shape: sourceShape,
            outputs: test.outputs,
            source: WinogradTests.values(source.layout.elementCount, seed: 1),
            weights: WinogradTests.values(weights.layout.elementCount, seed: 2),
            bias: WinogradTests.values(test.outputs, seed: 3),
            pools: test.pools
        )
        try source.assign(rowMajor: reference.source)
        try weights.assign(rowMajor: reference.weights)
        try bias.assign(rowMajor: reference.bias)
        let gradient = WinogradTests.values(destinationGradient.layout.elementCount, seed: 4)
        try destinationGradient.assign(rowMajor: gradient)

        WinogradConvolution.transform(weights, forward: forms[0], backward: forms[1])
        convolution.forward(
            source: source,
            weights: forms[0],
            bias: bias,
            destination: destination,
            winners: winners,
            arena: arena,
            scratch: scratch
        )
        convolution.backward(
            source: source,
            weights: forms[1],
            destination: destination,
            winners: winners,
            destinationGradient: destinationGradient,
            sourceGradient: sourceGradient,
            weightsGradient: weightsGradient,
            biasGradient: biasGradient,
            arena: arena,
            scratch: scratch
        )

        let (output, winning) = reference.forward()
        expectClose(try destination.rowMajorValues(), output, "output")
        let expected = reference.gradients(of: gradient.map(Double.init), winning: winning)
        expectClose(try sourceGradient.rowMajorValues(), expected.source, "source gradient")
        expectClose(try weightsGradient.rowMajorValues(), expected.weights, "weights gradient")
        expectClose(try biasGradient.rowMajorValues(), expected.bias, "bias gradient")
    }

    @Test(arguments: [1, 3]) func gradientOfTheFirstLayer(channels: Int) throws {
        let engine = try Engine()
        try #require(FirstConvolutionGradient.suits(engine, outputs: 16))
        let shape = [3, channels, 7, 9]
        let gradientKernel = FirstConvolutionGradient(source: shape, outputs: 16)
        let arena = Arena(engine: engine)
        let source = try arena.tensor(.rowMajor(shape))
        let destination = try arena.tensor(.blockedChannels([3, 16, 7, 9]))
        let destinationGradient = try arena.tensor(.blockedChannels([3, 16, 7, 9]))
        let weightsGradient = try arena.tensor(.rowMajor([16, channels, 3, 3]))
        let biasGradient = try arena.tensor(.rowMajor([16]))
        let scratch = arena.reserve(byteCount: gradientKernel.scratchByteCount)
        try arena.allocate()

        let reference = PlainConvolution(
            shape: shape,
            outputs: 16,
            source: WinogradTests.values(source.layout.elementCount, seed: 5),
            weights: WinogradTests.values(16 * channels * 9, seed: 6),
            bias: WinogradTests.values(16, seed: 7),
            pools: false
        )
        let (output, winning) = reference.forward()
        let gradient = WinogradTests.values(output.count, seed: 8)
        try source.assign(rowMajor: reference.source)
        try destination.assign(rowMajor: output.map(Float.init))
        try destinationGradient.assign(rowMajor: gradient)
        gradientKernel.run(
            source: source,
            destination: destination,
            destinationGradient: destinationGradient,
            weightsGradient: weightsGradient,
            biasGradient: biasGradient,
            arena: arena,
            scratch: scratch
        )
        let expected = reference.gradients(of: gradient.map(Double.init), winning: winning)
        expectClose(try weightsGradient.rowMajorValues(), expected.weights, "weights gradient")
        expectClose(try biasGradient.rowMajorValues(), expected.bias, "bias gradient")
    }

    private func expectClose(
        _ values: [Float],
        _ expected: [Double],
        _ what: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(values.count == expected.count, what, sourceLocation: sourceLocation)
        let scale = expected.map(abs).max() ?? 0
        let worst = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(worst <= 2e-6 * scale, what, sourceLocation: sourceLocation)
    }
}

/// max(0, convolution + bias), perhaps pooled, and its gradients, row-major and by definition.
struct PlainConvolution {
    let shape: [Int]
    let outputs: Int
    let source: [Float]
    let weights: [Float]
    let bias: [Float]
    let pools: Bool

    private var height: Int { shape[2] }
    private var width: Int { shape[3] }

    /// The output, and for each of its elements the place in the full output that it comes from; -1 where it is zero.
    func forward() -> (output: [Double], winning: [Int]) {
        var full: [Double] = []
        for image in 0..<shape[0] {
            for output in 0..<outputs {
                for y in 0..<height {
                    for x in 0..<width {
                        var sum = Double(bias[output])
                        forEachTap(image, output, y, x) { sum += Double(weights[$0]) * Double(source[$1]) }
                        full.append(max(0, sum))
                    }
                }
            }
        }
        guard pools else { return (full, full.indices.map { full[$0] > 0 ? $0 : -1 }) }
        var values: [Double] = []
        var winning: [Int] = []
        for plane in 0..<shape[0] * outputs {
            for y in 0..<height / 2 {
                for x in 0..<width / 2 {
                    let first = (plane * height + 2 * y) * width + 2 * x
                    let window = [first, first + 1, first + width, first + width + 1]
                    let best = window.reduce(first) { full[$1] > full[$0] ? $1 : $0 }
                    values.append(full[best])
                    winning.append(full[best] > 0 ? best : -1)
                }
            }
        }
        return (values, winning)
    }

    func gradients(of gradient: [Double], winning: [Int]) -> (source: [Double], weights: [Double], bias: [Double]) {
        var result = (
            source: [Double](repeating: 0, count: source.count), weights: [Double](repeating: 0, count: weights.count),
            bias: [Double](repeating: 0, count: outputs)
        )
        for (value, place) in zip(gradient, winning) where place >= 0 {
            let (x, y) = (place % width, place / width % height)
            let (output, image) = (place / width / height % outputs, place / width / height / outputs)
            result.bias[output] += value
            forEachTap(image, output, y, x) { weight, pixel in
                result.weights[weight] += value * Double(source[pixel])
                result.source[pixel] += value * Double(weights[weight])
            }
        }
        return result
    }

    private func forEachTap(_ image: Int, _ output: Int, _ y: Int, _ x: Int, _ body: (Int, Int) -> Void) {
        for channel in 0..<shape[1] {
            for tap in 0..<9 {
                let (row, column) = (y + tap / 3 - 1, x + tap % 3 - 1)
                guard row >= 0, column >= 0, row < height, column < width else { continue }
                body(
                    (output * shape[1] + channel) * 9 + tap,
                    ((image * shape[1] + channel) * height + row) * width + column
                )
            }
        }
    }
}
