import Compute

/// An addition, a ReLU, or both, where they do not follow a normalisation or a probe looks in between.
struct ElementwiseStage: Stage {
    let layers: Range<Int>
    let sources: [Int]
    let input: Layout
    let output: Layout
    let worksInPlace = true
    let addsGradients = true
    private let relu: Bool

    /// Nil where the next layer is neither.
    init?(_ request: StageRequest) throws {
        var last = request.first
        switch request.layer.kind {
        case .relu: relu = true
        case .addition: (last, _, relu) = request.tail(after: request.first)
        default: return nil
        }
        input = try request.blocked()
        output = input
        layers = request.first..<last + 1
        sources = request.graph.sources[request.first]
    }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        Compiled(memory, relu: relu)
    }

    private final class Compiled: CompiledStage {
        private let memory: StageMemory
        private let relu: Bool

        init(_ memory: StageMemory, relu: Bool) {
            self.memory = memory
            self.relu = relu
        }

        func forward() throws {
            Elementwise.forward(
                source: memory.input,
                skip: memory.inputs.count > 1 ? memory.inputs[1] : nil,
                relu: relu,
                destination: memory.output
            )
        }

        func backward() throws {
            guard let gradient = memory.outputGradient, let inputGradient = memory.inputGradient else { return }
            let skip = memory.inputGradients.count > 1 ? memory.inputGradients[1] : nil
            Elementwise.backward(
                destination: relu ? memory.output : nil,
                destinationGradient: gradient,
                skipGradient: skip?.tensor,
                addsToSkipGradient: skip?.adds ?? false,
                sourceGradient: inputGradient
            )
        }
    }
}
