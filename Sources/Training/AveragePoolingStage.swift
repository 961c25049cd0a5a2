import Compute
import Recipes

/// The mean over each image.
struct AveragePoolingStage: Stage {
    let layers: Range<Int>
    let sources: [Int]
    let input: Layout
    let output: Layout
    private let pooling: AveragePooling

    /// Nil where the next layer is not of this kind.
    init?(_ request: StageRequest) throws {
        guard request.layer.kind == .averagePooling else { return nil }
        input = try request.blocked()
        output = try .rowMajor(Array(request.input.prefix(2)), request.precision)
        layers = request.first..<request.first + 1
        sources = request.graph.sources[request.first]
        pooling = AveragePooling(source: request.input, precision: request.precision)
    }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        Compiled(pooling, memory)
    }

    private final class Compiled: CompiledStage {
        private let pooling: AveragePooling
        private let memory: StageMemory

        init(_ pooling: AveragePooling, _ memory: StageMemory) {
            self.pooling = pooling
            self.memory = memory
        }

        func forward() throws {
            pooling.forward(source: memory.input, destination: memory.output)
        }

        func backward() throws {
            guard let gradient = memory.outputGradient, let inputGradient = memory.inputGradient else { return }
            pooling.backward(destinationGradient: gradient, sourceGradient: inputGradient)
        }
    }
}
