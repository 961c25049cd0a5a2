import Compute
import Recipes

/// A convolution by Winograd's algorithm; a max-pooling that follows its ReLU is computed with it, unless prediction
/// depth looks in between.
struct WinogradStage: Stage {
    let layers: Range<Int>
    let input: Layout
    let output: Layout
    let weights: WeightForms?
    let sources: [Int]
    let addsGradients = true
    private let convolution: WinogradConvolution

    /// Nil where the next layer is not such a convolution, or the processor or the layout below does not suit.
    init?(_ request: StageRequest) throws {
        guard request.precision == .f32, request.elements.convolution == .own,
            case .convolution(let filter) = request.layer.kind, filter.size == 3,
            filter.stride == 1,
            let below = request.below,
            WinogradConvolution.suits(request.engine, inputs: request.input[1], outputs: filter.channels),
            try below == .blockedChannels(request.input)
        else { return nil }
        let next = request.first + 1
        let pools =
            request.layer.relu && request.graph.isSwallowed(request.first, training: request.training)
            && request.graph.layers[next].kind == .maxPooling(size: 2)
        convolution = WinogradConvolution(
            source: request.input,
            outputs: filter.channels,
            relu: request.layer.relu,
            pools: pools
        )
        sources = request.graph.sources[request.first]
        layers = request.first..<next + (pools ? 1 : 0)
        input = below
        output = try .blockedChannels(convolution.destination)
        let master = try Layout.rowMajor(filter.weights(inputs: request.input[1]))
        weights = WeightForms(
            master: master,
            gradient: master,
            copies: .winograd,
            hasBias: filter.hasBias,
            isStandardized: filter.isStandardized
        )
    }

    var scratchBytes: Int { convolution.scratchByteCount }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        Compiled(convolution, memory)
    }

    private final class Compiled: CompiledStage {
        private let convolution: WinogradConvolution
        private let memory: StageMemory
        private let winners: Arena.Region?

        init(_ convolution: WinogradConvolution, _ memory: StageMemory) {
            self.convolution = convolution
            self.memory = memory
            winners =
                convolution.pools && memory.outputGradient != nil
                ? memory.arena.reserve(byteCount: convolution.winnersByteCount) : nil
        }

        func forward() throws {
            guard let parameters = memory.parameters else { return }
            convolution.forward(
                source: memory.input,
                weights: parameters.forwardWeight,
                bias: parameters.bias?.values,
                destination: memory.output,
                winners: winners,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }

        func backward() throws {
            guard let parameters = memory.parameters, let weights = parameters.backwardWeight,
                let gradient = memory.outputGradient
            else { return }
            convolution.backward(
                source: memory.input,
                weights: weights,
                destination: memory.output,
                winners: winners,
                destinationGradient: gradient,
                sourceGradient: memory.inputGradient,
                addsToSourceGradient: memory.inputGradients[0]?.adds ?? false,
                weightsGradient: parameters.weightGradient,
                biasGradient: parameters.bias?.gradient,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }
    }
}
