import Compute
import Recipes

/// A normalisation, with the addition and the ReLU that follow it where nobody looks in between. What lies between is
/// never written, and the gradient is worked out where that of the output lies.
struct NormalizationStage: Stage {
    let layers: Range<Int>
    let sources: [Int]
    let input: Layout
    let output: Layout
    let weights: WeightForms?
    let worksInPlace = true
    let addsGradients = true
    private let normalization: Normalization
    private let training: Bool

    /// Nil where the next layer is not a normalisation.
    init?(_ request: StageRequest) throws {
        guard case .normalization(let statistics) = request.layer.kind else { return nil }
        let tail = request.tail(after: request.first)
        input = try request.blocked()
        output = input
        layers = request.first..<tail.last + 1
        sources = [request.graph.sources[request.first][0]] + (tail.skip.map { [$0] } ?? [])
        normalization = Normalization(
            statistics,
            source: request.input,
            precision: request.precision,
            relu: tail.relu
        )
        training = request.training
        let scale = try Layout.rowMajor([request.input[1]])
        weights = WeightForms(
            master: scale,
            gradient: scale,
            copies: .none,
            isScale: true,
            hasRunningStatistics: statistics == .batch
        )
    }

    var scratchBytes: Int { normalization.scratchByteCount }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        Compiled(normalization, memory, training: training)
    }

    private final class Compiled: CompiledStage {
        private let normalization: Normalization
        private let memory: StageMemory
        private let training: Bool
        private let statistics: Arena.Region

        init(_ normalization: Normalization, _ memory: StageMemory, training: Bool) {
            self.normalization = normalization
            self.memory = memory
            self.training = training
            statistics = memory.arena.reserve(byteCount: normalization.statisticsByteCount)
        }

        func forward() throws {
            guard let parameters = memory.parameters, let shift = parameters.bias else { return }
            normalization.forward(
                source: memory.input,
                scale: parameters.weight.values,
                shift: shift.values,
                skip: memory.inputs.count > 1 ? memory.inputs[1] : nil,
                running: parameters.running,
                training: training,
                destination: memory.output,
                statistics: statistics,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }

        func backward() throws {
            guard let parameters = memory.parameters, let shift = parameters.bias,
                let gradient = memory.outputGradient, let inputGradient = memory.inputGradient
            else { return }
            let skip = memory.inputGradients.count > 1 ? memory.inputGradients[1] : nil
            normalization.backward(
                source: memory.input,
                scale: parameters.weight.values,
                destination: memory.output,
                statistics: statistics,
                destinationGradient: gradient,
                skipGradient: skip?.tensor,
                addsToSkipGradient: skip?.adds ?? false,
                sourceGradient: inputGradient,
                scaleGradient: parameters.weight.gradient,
                shiftGradient: shift.gradient,
                arena: memory.arena,
                scratch: memory.scratch
            )
        }
    }
}
