import Compute

extension Model {
    /// How far each example is from the nearest decision boundary in input space, to first order: the least over
    /// classes j other than the predicted class i of (f_i - f_j) / ||gradient of (f_i - f_j) with respect to the input||_2,
    /// f being logits and the input as the network sees it, standardised (Elsayed et al. 2018, equation 2; Baldock et al.
    /// 2021, section 2, call it adversarial input margin).
    ///
    /// - Parameters:
    ///   - rows: the examples
    ///   - classes: how many of the other classes are tried, those with the largest logits first; 1 is the runner-up alone
    ///   - body: called for each row in order, with its place in `rows` and its margin, infinite where the difference of the
    ///     logits does not depend on the input
    /// - Throws: `TrainingError.unsuitable` for batch normalisation, whose training pass mixes examples
    public func inputMargins(
        _ examples: some Examples,
        rows: [Int],
        classes others: Int,
        _ body: (Int, Float) throws -> Void
    ) throws {
        guard supportsInputMargin else {
            throw TrainingError.unsuitable("with batch normalisation a gradient belongs to a batch, not to an example")
        }
        let plan = trainingPlans[0]
        guard let gradient = plan.logitsGradient?.floats, let firstLayer = plan.firstLayer, !rows.isEmpty,
            let parameters = parameters.ofStage(layers[0].name)
        else { throw TrainingError.unsuitable("the network has no first layer with weights") }
        let layer = try FirstLayerTranspose(
            layers[0],
            input: inputShape.dimensions,
            weights: parameters.forwardWeight.rowMajorValues(),
            batch: plan.batch
        )
        for start in stride(from: 0, to: rows.count, by: plan.batch) {
            let batch = rows[start..<min(start + plan.batch, rows.count)]
            // A plan takes whole batches.
            let padded = Array(batch) + Array(repeating: batch.last!, count: plan.batch - batch.count)
            fill(plan, examples, rows: padded[...])
            try plan.forward()
            let logits = Array(plan.logits.floats.prefix(plan.batch * classes))
            let orders = (0..<plan.batch).map { row in
                (0..<classes).sorted { (logits[row * classes + $0], $1) > (logits[row * classes + $1], $0) }
            }
            var margins = [Float](repeating: .infinity, count: plan.batch)
            for place in 1..<min(classes, others + 1) {
                gradient.update(repeating: 0)
                for (row, order) in orders.enumerated() {
                    gradient[row * classes + order[0]] = 1
                    gradient[row * classes + order[place]] = -1
                }
                try plan.backward()
                let norms = try layer.norms(
                    gradient: firstLayer.gradient.rowMajorValues(),
                    output: layers[0].relu ? firstLayer.output.rowMajorValues() : nil
                )
                for (row, order) in orders.enumerated() where norms[row] > 0 {
                    let difference = logits[row * classes + order[0]] - logits[row * classes + order[place]]
                    margins[row] = min(margins[row], difference / norms[row])
                }
            }
            for place in batch.indices { try body(place, margins[place - start]) }
        }
    }

    /// Whether `inputMargins` can be told.
    public var supportsInputMargin: Bool { !layers.contains { $0.kind == .normalization(.batch) } }
}

/// The way back through the first layer, which training has no use for.
private struct FirstLayerTranspose {
    private let layer: Layer
    private let input: [Int]
    private let output: [Int]
    private let batch: Int
    /// Dense: input x units. Convolution: outputs x inputs x size x size.
    private let weights: [Float]

    init(_ layer: Layer, input: [Int], weights: [Float], batch: Int) throws {
        self.layer = layer
        self.input = input
        output = layer.output(of: input)
        self.batch = batch
        if case .dense(let units) = layer.kind {
            let width = input.reduce(1, *)
            self.weights = (0..<width * units).map { weights[$0 % units * width + $0 / units] }
        } else {
            self.weights = weights
        }
    }

    /// Euclidean norm of each example's gradient with respect to the input.
    ///
    /// - Parameters:
    ///   - gradient: batch x output, row-major: with respect to the layer's output.
    ///   - output: what the layer gave out, where a ReLU cuts it off.
    func norms(gradient: [Float], output values: [Float]?) throws -> [Float] {
        var gradient = gradient
        if let values {
            for index in gradient.indices where values[index] <= 0 { gradient[index] = 0 }
        }
        switch layer.kind {
        case .dense(let units): return try dense(gradient, units: units)
        case .convolution(let filter): return convolution(gradient, filter)
        default: throw TrainingError.unsuitable("the first layer is neither dense nor a convolution")
        }
    }

    private func dense(_ gradient: [Float], units: Int) throws -> [Float] {
        let width = input.reduce(1, *)
        var product = [Float](repeating: 0, count: batch * width)
        try product.withUnsafeMutableBufferPointer { product in
            try gradient.withUnsafeBufferPointer { gradient in
                try weights.withUnsafeBufferPointer { weights in
                    try MatrixProduct.timesTransposed(
                        gradient.baseAddress!,
                        leftStride: units,
                        weights.baseAddress!,
                        rightStride: units,
                        rows: batch,
                        columns: width,
                        inner: units,
                        into: product.baseAddress!
                    )
                }
            }
        }
        return (0..<batch).map { row in
            product[row * width..<(row + 1) * width].reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }

    /// Each output's gradient, spread over its window by the weights; the frame of padding is dropped at the end.
    private func convolution(_ gradient: [Float], _ filter: Layer.Filter) -> [Float] {
        let (channels, height, width) = (input[0], input[1], input[2])
        let padding = filter.size / 2
        let (paddedHeight, paddedWidth) = (height + 2 * padding, width + 2 * padding)
        let outputs = output.reduce(1, *)
        var spread = [Float](repeating: 0, count: channels * paddedHeight * paddedWidth)
        return (0..<batch).map { row in
            spread.withUnsafeMutableBufferPointer { spread in
                spread.update(repeating: 0)
                var place = row * outputs
                for unit in 0..<output[0] {
                    for y in 0..<output[1] {
                        for x in 0..<output[2] {
                            let value = gradient[place]
                            place += 1
                            if value == 0 { continue }
                            for channel in 0..<channels {
                                for down in 0..<filter.size {
                                    let line =
                                        (channel * paddedHeight + y * filter.stride + down) * paddedWidth
                                        + x * filter.stride
                                    let weight = ((unit * channels + channel) * filter.size + down) * filter.size
                                    for across in 0..<filter.size {
                                        spread[line + across] += value * weights[weight + across]
                                    }
                                }
                            }
                        }
                    }
                }
                var square: Float = 0
                for channel in 0..<channels {
                    for y in padding..<padding + height {
                        let line = (channel * paddedHeight + y) * paddedWidth + padding
                        for x in line..<line + width { square += spread[x] * spread[x] }
                    }
                }
                return square.squareRoot()
            }
        }
    }
}
