import Compute

/// A convolution with ReLU by Winograd's algorithm; a max-pooling that follows is computed with it, unless prediction
/// depth looks in between.
struct WinogradStage: Stage {
    let layers: Range<Int>
    let input: Layout
    let output: Layout
    let weights: (name: String, forms: WeightForms)?
    private let convolution: WinogradConvolution

    /// Nil where the next layer is not such a convolution, or the processor or the layout below does not suit.
    init?(_ request: StageRequest) throws {
        let layer = request.layers[request.first]
        guard case .convolution(let channels) = layer.kind, layer.relu, let below = request.below,
            WinogradConvolution.suits(request.engine, inputs: request.input[1], outputs: channels),
            try below == .blockedChannels(request.input)
        else { return nil }
        let next = request.first + 1
        let pools =
            !layer.isProbe && next < request.layers.count && request.layers[next].kind == .maxPooling(size: 2)
            && !request.layers[next].relu
        convolution = WinogradConvolution(source: request.input, outputs: channels, pools: pools)
        layers = request.first..<next + (pools ? 1 : 0)
        input = below
        output = try .blockedChannels(convolution.destination)
        let master = try Layout.rowMajor([channels, request.input[1], 3, 3])
        weights = (layer.name, WeightForms(master: master, copies: .winograd))
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
                bias: parameters.bias.values,
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
                weightsGradient: parameters.weight.gradient,
                biasGradient: parameters.bias.gradient,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }
    }
}
