import Compute

/// The operations of a network for one batch size, before any memory is given out.
///
/// The first blueprint of a model lets oneDNN pick every layout and thereby fixes the layouts of the weights; those
/// for other batch sizes are made to fit, so that all of them share one set of weights.
struct Blueprint {
    /// Layouts in which the weights of one layer are kept.
    struct WeightLayouts {
        /// As the forward operation reads them.
        var forward: Layout
        /// As the source gradient reads them; nil for the first layer, which needs none.
        var backward: Layout?
        /// As the weights gradient is left: master weights and momentum lie in the same order.
        var gradient: Layout
    }

    /// One layer: its forward operation and, for training, the way back.
    struct Stage {
        let layer: Layer
        let input: Layout
        let output: Layout
        let forward: Operation
        let sourceGradient: Operation?
        let weightsGradient: Operation?

        var weightLayouts: WeightLayouts? {
            guard let forwardLayout = forward.layout(.weights), let gradient = weightsGradient?.layout(.weightsGradient)
            else { return nil }
            return WeightLayouts(
                forward: forwardLayout,
                backward: sourceGradient?.layout(.weights),
                gradient: gradient
            )
        }
    }

    let batch: Int
    let training: Bool
    let stages: [Stage]
    /// Scratch memory that the hungriest operation takes.
    let scratchBytes: Int

    /// - Parameter fixed: layouts of the weights by layer, from the first blueprint; nil to choose them.
    init(
        _ engine: Engine,
        layers: [Layer],
        input: [Int],
        batch: Int,
        training: Bool,
        fixed: [WeightLayouts?]? = nil
    ) throws {
        var stages: [Stage] = []
        var shape = input
        for (index, layer) in layers.enumerated() {
            let builder = StageBuilder(
                engine: engine,
                layer: layer,
                index: index,
                isLast: index == layers.count - 1,
                batch: batch,
                training: training,
                inputShape: shape,
                below: stages.last?.output,
                fixed: fixed?[index]
            )
            stages.append(try builder.stage())
            shape = layer.output(of: shape)
        }
        self.batch = batch
        self.training = training
        self.stages = stages
        self.scratchBytes =
            stages.flatMap { [$0.forward, $0.sourceGradient, $0.weightsGradient] }
            .compactMap { $0?.scratchBytes }.max() ?? 0
    }
}

/// Chooses the operations of one layer.
private struct StageBuilder {
    let engine: Engine
    let layer: Layer
    let index: Int
    let isLast: Bool
    let batch: Int
    let training: Bool
    let inputShape: [Int]
    /// Layout of the output below; nil for the first layer, whose input may have any.
    let below: Layout?
    let fixed: Blueprint.WeightLayouts?

    private var outputShape: [Int] { [batch] + layer.output(of: inputShape) }

    func stage() throws -> Blueprint.Stage {
        switch layer.kind {
        case .convolution(let channels): try convolution(channels)
        case .maxPooling(let size): try pooling(size)
        case .dense(let units): try dense(units)
        }
    }

    private func convolution(_ channels: Int) throws -> Blueprint.Stage {
        let operation = Convolution(stride: 1, padding: 1)
        let weights = try Layout.any([channels, inputShape[0], 3, 3])
        let forward = try operation.forward(
            engine,
            source: below ?? .any([batch] + inputShape),
            weights: fixed?.forward ?? weights,
            destination: .any(outputShape),
            relu: layer.relu,
            training: training
        )
        let ends = try ends(of: forward)
        return try stage(
            forward,
            sourceGradient: {
                try operation.sourceGradient(
                    of: forward,
                    source: ends.source,
                    weights: fixed?.backward ?? weights,
                    destination: ends.destination
                )
            },
            weightsGradient: {
                try operation.weightsGradient(
                    of: forward,
                    source: below ?? .any([batch] + inputShape),
                    weights: fixed?.gradient ?? weights,
                    destination: ends.destination
                )
            }
        )
    }

    private func dense(_ units: Int) throws -> Blueprint.Stage {
        let weights = try Layout.any([units] + inputShape)
        // The loss reads logits by rows.
        let destination = try isLast ? Layout.rowMajor(outputShape) : Layout.any(outputShape)
        let forward = try InnerProduct.forward(
            engine,
            source: below ?? .any([batch] + inputShape),
            weights: fixed?.forward ?? weights,
            destination: destination,
            relu: layer.relu,
            training: training
        )
        let ends = try ends(of: forward)
        return try stage(
            forward,
            sourceGradient: {
                try InnerProduct.sourceGradient(
                    of: forward,
                    source: ends.source,
                    weights: fixed?.backward ?? weights,
                    destination: ends.destination
                )
            },
            weightsGradient: {
                try InnerProduct.weightsGradient(
                    of: forward,
                    source: below ?? .any([batch] + inputShape),
                    weights: fixed?.gradient ?? weights,
                    destination: ends.destination
                )
            }
        )
    }

    private func pooling(_ size: Int) throws -> Blueprint.Stage {
        let operation = MaxPooling(size: size)
        let source = try below ?? Layout.rowMajor([batch] + inputShape)
        let forward = try operation.forward(
            engine,
            source: source,
            destination: .any(outputShape),
            training: training
        )
        let ends = try ends(of: forward)
        return try stage(
            forward,
            sourceGradient: {
                try operation.sourceGradient(of: forward, source: ends.source, destination: ends.destination)
            },
            weightsGradient: nil
        )
    }

    private func ends(of forward: Operation) throws -> (source: Layout, destination: Layout) {
        guard let source = forward.layout(.source), let destination = forward.layout(.destination) else {
            throw ComputeError.layoutMismatch(operation: forward.name, argument: "source or destination")
        }
        return (source, destination)
    }

    private func stage(
        _ forward: Operation,
        sourceGradient: () throws -> Operation,
        weightsGradient: (() throws -> Operation)?
    ) throws -> Blueprint.Stage {
        let ends = try ends(of: forward)
        return Blueprint.Stage(
            layer: layer,
            input: ends.source,
            output: ends.destination,
            forward: forward,
            sourceGradient: training && index > 0 ? try sourceGradient() : nil,
            weightsGradient: training ? try weightsGradient?() : nil
        )
    }
}
