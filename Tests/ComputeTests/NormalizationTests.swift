import Compute
import Recipes
import Testing

/// The normalisation kernels, with skip connection and ReLU, against plain loops in float64.
@Suite struct NormalizationTests {
    /// Images, channels, rows, columns, channels of a group (0: the batch), ReLU, and a mean far from zero.
    static let cases: [(images: Int, channels: Int, height: Int, width: Int, group: Int, relu: Bool, mean: Float)] = [
        (3, 8, 5, 7, 0, true, 0), (4, 24, 9, 8, 0, false, 100), (2, 16, 13, 11, 4, true, 0),
        (3, 24, 1, 1, 8, false, 0), (2, 32, 8, 9, 16, true, 100), (1, 24, 3, 3, 6, true, 0),
    ]

    private static func values(_ count: Int, seed: UInt64) -> [Float] {
        var random = CounterRandom(seed: seed, purpose: .initialisation, step: 0)
        return (0..<count).map { _ in 2 * random.nextUnitFloat() - 1 }
    }

    /// All cases in float32, and in bfloat16 those whose channels come in blocks of sixteen.
    static let runs: [(index: Int, precision: Precision)] = Precision.allCases.filter(\.isNative).flatMap { precision in
        cases.indices.filter { cases[$0].channels % precision.channelBlock == 0 }.map { ($0, precision) }
    }

    @Test(arguments: runs) func agreesWithPlainLoops(index: Int, precision: Precision) throws {
        let test = NormalizationTests.cases[index]
        let shape = [test.images, test.channels, test.height, test.width]
        let engine = try Engine()
        let arena = Arena(engine: engine)
        let image = try Layout.blockedChannels(shape, precision)
        let (source, skip) = (try arena.tensor(image), try arena.tensor(image))
        let (destination, gradient, skipGradient) = (
            try arena.tensor(image), try arena.tensor(image), try arena.tensor(image)
        )
        let channels = try Layout.rowMajor([test.channels])
        let (scale, shift) = (try arena.tensor(channels), try arena.tensor(channels))
        let (scaleGradient, shiftGradient) = (try arena.tensor(channels), try arena.tensor(channels))
        let running = Normalization.Running(mean: try arena.tensor(channels), variance: try arena.tensor(channels))
        let normalization = Normalization(
            test.group == 0 ? .batch : .group(channels: test.group),
            source: shape,
            precision: precision,
            relu: test.relu
        )
        let statistics = arena.reserve(byteCount: normalization.statisticsByteCount)
        let scratch = arena.reserve(byteCount: normalization.scratchByteCount)
        try arena.allocate()

        let count = image.elementCount
        try source.assign(rowMajor: NormalizationTests.values(count, seed: 1).map { $0 + test.mean })
        try skip.assign(rowMajor: NormalizationTests.values(count, seed: 2))
        try gradient.assign(rowMajor: NormalizationTests.values(count, seed: 3))
        // What is left of them in the precision.
        let x = try source.rowMajorValues()
        let added = try skip.rowMajorValues()
        let incoming = try gradient.rowMajorValues()
        let factors = NormalizationTests.values(test.channels, seed: 4)
        let offsets = NormalizationTests.values(test.channels, seed: 5)
        try skipGradient.assign(rowMajor: Array(repeating: 2, count: count))
        try scale.assign(rowMajor: factors)
        try shift.assign(rowMajor: offsets)
        running.variance.floats.update(repeating: 1)

        func forward(training: Bool) {
            normalization.forward(
                source: source,
                scale: scale,
                shift: shift,
                skip: skip,
                running: running,
                training: training,
                destination: destination,
                statistics: statistics,
                arena: arena,
                scratch: scratch
            )
        }
        forward(training: true)
        let plain = PlainNormalization(shape: shape, group: test.group, source: x.map(Double.init))
        let output = plain.forward(factors, offsets, added, relu: test.relu)
        expectClose(try destination.rowMajorValues(), output, "output", precision)

        normalization.backward(
            source: source,
            scale: scale,
            destination: destination,
            statistics: statistics,
            destinationGradient: gradient,
            skipGradient: skipGradient,
            addsToSkipGradient: true,
            sourceGradient: gradient,
            scaleGradient: scaleGradient,
            shiftGradient: shiftGradient,
            arena: arena,
            scratch: scratch
        )
        let passed = zip(incoming, output).map { test.relu && $1 <= 0 ? 0 : Double($0) }
        let expected = plain.backward(factors, passed)
        expectClose(try gradient.rowMajorValues(), expected.source, "gradient of the source", precision)
        expectClose(
            try skipGradient.rowMajorValues(),
            passed.map { $0 + 2 },
            "gradient of the skip connection",
            precision
        )
        expectClose(try scaleGradient.rowMajorValues(), expected.scale, "gradient of the scale")
        expectClose(try shiftGradient.rowMajorValues(), expected.shift, "gradient of the shift")

        guard test.group == 0 else { return }
        let count1 = Double(count / test.channels)
        expectClose(try running.mean.rowMajorValues(), plain.mean.prefix(test.channels).map { 0.1 * $0 }, "mean")
        expectClose(
            try running.variance.rowMajorValues(),
            plain.variance.prefix(test.channels).map { 0.9 + 0.1 * $0 * count1 / (count1 - 1) },
            "variance"
        )
        // Evaluation uses the running averages.
        try running.mean.assign(rowMajor: plain.mean.prefix(test.channels).map(Float.init))
        try running.variance.assign(rowMajor: plain.variance.prefix(test.channels).map(Float.init))
        forward(training: false)
        expectClose(try destination.rowMajorValues(), output, "output in evaluation", precision)
    }

    /// Largest deviation relative to the largest value: some roundings, and those of a mean of 100; in bfloat16 the one
    /// at the end, by at most 2^-8.
    private func expectClose(
        _ values: [Float],
        _ expected: [Double],
        _ name: String,
        _ precision: Precision = .f32
    ) {
        let scale = max(1e-3, expected.map(abs).max() ?? 0)
        let worst = zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0
        let tolerance = precision == .f32 ? 2e-5 : 2e-5 + 0x1p-8
        #expect(worst < tolerance * scale, "\(name): \(worst / scale)")
    }
}

/// Batch (group 0) or group normalisation by definition. Statistics are by image and channel.
private struct PlainNormalization {
    let shape: [Int]
    let source: [Double]
    private let sets: [Int]
    let mean: [Double]
    let variance: [Double]
    private let setSize: Double

    init(shape: [Int], group: Int, source: [Double]) {
        let pixels = shape[2] * shape[3]
        let setOfChannel = (0..<shape[0] * shape[1]).map { place in
            group == 0 ? place % shape[1] : place / group
        }
        let sets = source.indices.map { setOfChannel[$0 / pixels] }
        let count = (sets.max() ?? 0) + 1
        let size = Double(source.count / count)
        var mean = Array(repeating: 0.0, count: count)
        for (set, value) in zip(sets, source) { mean[set] += value / size }
        var variance = Array(repeating: 0.0, count: count)
        for (set, value) in zip(sets, source) { variance[set] += (value - mean[set]) * (value - mean[set]) / size }
        self.shape = shape
        self.source = source
        self.sets = sets
        self.mean = mean
        self.variance = variance
        self.setSize = size
    }

    private func channel(_ place: Int) -> Int { place / (shape[2] * shape[3]) % shape[1] }

    private func normalized(_ place: Int) -> Double {
        (source[place] - mean[sets[place]]) / (variance[sets[place]] + 1e-5).squareRoot()
    }

    func forward(_ scale: [Float], _ shift: [Float], _ skip: [Float], relu: Bool) -> [Double] {
        source.indices.map { place in
            let channel = channel(place)
            let y = normalized(place) * Double(scale[channel]) + Double(shift[channel]) + Double(skip[place])
            return relu ? max(0, y) : y
        }
    }

    func backward(_ scale: [Float], _ gradient: [Double]) -> (source: [Double], scale: [Double], shift: [Double]) {
        var mean = Array(repeating: 0.0, count: self.mean.count)
        var correlation = mean
        var scaleGradient = Array(repeating: 0.0, count: shape[1])
        var shiftGradient = scaleGradient
        for place in source.indices {
            let scaled = gradient[place] * Double(scale[channel(place)])
            mean[sets[place]] += scaled / setSize
            correlation[sets[place]] += scaled * normalized(place) / setSize
            scaleGradient[channel(place)] += gradient[place] * normalized(place)
            shiftGradient[channel(place)] += gradient[place]
        }
        let sourceGradient = source.indices.map { place in
            let set = sets[place]
            let scaled = gradient[place] * Double(scale[channel(place)])
            return (scaled - mean[set] - normalized(place) * correlation[set]) / (variance[set] + 1e-5).squareRoot()
        }
        return (sourceGradient, scaleGradient, shiftGradient)
    }
}
