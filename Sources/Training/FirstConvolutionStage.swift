import Compute
import Recipes

/// The first convolution of an image network, perhaps with ReLU: oneDNN's forward operation, and a weights gradient made for
/// sources of one or three channels.
struct FirstConvolutionStage: Stage {
    let layers: Range<Int>
    let input: Layout
    let output: Layout
    let weights: WeightForms?
    let sources = [-1]
    private let operation: Operation
    private let gradient: FirstConvolutionGradient
    private let relu: Bool

    /// Nil where the next layer is not a first convolution, or the processor does not suit.
    init?(_ request: StageRequest) throws {
        guard request.precision == .f32, case .convolution(let filter) = request.layer.kind, filter.size == 3,
            filter.stride == 1,
            request.below == nil, request.input[1] <= 4,
            FirstConvolutionGradient.suits(request.engine, outputs: filter.channels)
        else { return nil }
        relu = request.layer.relu
        input = try .rowMajor(request.input)
        output = try .blockedChannels([request.batch, filter.channels] + request.input[2...])
        let shape = filter.weights(inputs: request.input[1])
        var fixed: Layout?
        if case .reordered(let forward, _) = request.fixed?.copies { fixed = forward }
        operation = try Convolution().forward(
            request.engine,
            source: input,
            weights: fixed ?? .any(shape),
            destination: output,
            bias: filter.hasBias,
            relu: relu,
            training: request.training
        )
        gradient = FirstConvolutionGradient(source: request.input, outputs: filter.channels)
        layers = request.first..<request.first + 1
        weights = WeightForms(
            master: try .rowMajor(shape),
            gradient: try .rowMajor(shape),
            copies: .reordered(forward: try operation.layout(.weights) ?? .rowMajor(shape), backward: nil),
            hasBias: filter.hasBias,
            isStandardized: filter.isStandardized
        )
    }

    var scratchBytes: Int { max(operation.scratchBytes, gradient.scratchByteCount) }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        try Compiled(self, memory)
    }

    private final class Compiled: CompiledStage {
        private let forwardPrimitive: Primitive
        private let gradient: FirstConvolutionGradient
        private let relu: Bool
        private let memory: StageMemory

        init(_ stage: FirstConvolutionStage, _ memory: StageMemory) throws {
            var arguments: [Argument: Tensor] = [.source: memory.input, .destination: memory.output]
            arguments[.weights] = memory.parameters?.forwardWeight
            arguments[.bias] = memory.parameters?.bias?.values
            forwardPrimitive = try Primitive(stage.operation, arguments, scratch: memory.scratch, in: memory.arena)
            gradient = stage.gradient
            relu = stage.relu
            self.memory = memory
        }

        func forward() throws {
            try forwardPrimitive.run()
        }

        func backward() throws {
            guard let parameters = memory.parameters, let outputGradient = memory.outputGradient else { return }
            gradient.run(
                source: memory.input,
                destination: relu ? memory.output : nil,
                destinationGradient: outputGradient,
                weightsGradient: parameters.weightGradient,
                biasGradient: parameters.bias?.gradient,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }
    }
}
