import Compute

/// The first convolution with ReLU of an image network: oneDNN's forward operation, and a weights gradient made for
/// sources of one or three channels.
struct FirstConvolutionStage: Stage {
    let layers: Range<Int>
    let input: Layout
    let output: Layout
    let weights: (name: String, forms: WeightForms)?
    private let operation: Operation
    private let gradient: FirstConvolutionGradient

    /// Nil where the next layer is not a first convolution, or the processor does not suit.
    init?(_ request: StageRequest) throws {
        let layer = request.layers[request.first]
        guard case .convolution(let channels) = layer.kind, layer.relu, request.first == 0, request.input[1] <= 4,
            FirstConvolutionGradient.suits(request.engine, outputs: channels)
        else { return nil }
        input = try .rowMajor(request.input)
        output = try .blockedChannels([request.input[0], channels] + request.input[2...])
        let shape = [channels, request.input[1], 3, 3]
        var fixed: Layout?
        if case .reordered(let forward, _) = request.fixed?.copies { fixed = forward }
        operation = try Convolution().forward(
            request.engine,
            source: input,
            weights: fixed ?? .any(shape),
            destination: output,
            relu: true,
            training: request.training
        )
        gradient = FirstConvolutionGradient(source: request.input, outputs: channels)
        layers = 0..<1
        weights = (
            layer.name,
            WeightForms(
                master: try .rowMajor(shape),
                copies: .reordered(forward: try operation.layout(.weights) ?? .rowMajor(shape), backward: nil)
            )
        )
    }

    var scratchBytes: Int { max(operation.scratchBytes, gradient.scratchByteCount) }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        try Compiled(self, memory)
    }

    private final class Compiled: CompiledStage {
        private let forwardPrimitive: Primitive
        private let gradient: FirstConvolutionGradient
        private let memory: StageMemory

        init(_ stage: FirstConvolutionStage, _ memory: StageMemory) throws {
            var arguments: [Argument: Tensor] = [.source: memory.input, .destination: memory.output]
            arguments[.weights] = memory.parameters?.forwardWeight
            arguments[.bias] = memory.parameters?.bias.values
            forwardPrimitive = try Primitive(stage.operation, arguments, scratch: memory.scratch, in: memory.arena)
            gradient = stage.gradient
            self.memory = memory
        }

        func forward() throws {
            try forwardPrimitive.run()
        }

        func backward() throws {
            guard let parameters = memory.parameters, let outputGradient = memory.outputGradient else { return }
            gradient.run(
                source: memory.input,
                destination: memory.output,
                destinationGradient: outputGradient,
                weightsGradient: parameters.weight.gradient,
                biasGradient: parameters.bias.gradient,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }
    }
}
