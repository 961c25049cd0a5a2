import Compute
import Recipes

/// A layer computed by oneDNN's operations.
struct LibraryStage: Stage {
    let layers: Range<Int>
    let input: Layout
    let output: Layout
    let weights: WeightForms?
    let sources: [Int]
    let scratchBytes: Int
    private let relu: Bool
    private let forward: Operation
    private let sourceGradient: Operation?
    private let weightsGradient: Operation?

    init(_ request: StageRequest) throws {
        let layer = request.layer
        let operations = try Operations(request, layer)
        forward = operations.forward
        sourceGradient = request.training && request.below != nil ? try operations.sourceGradient() : nil
        weightsGradient = request.training ? try operations.weightsGradient() : nil
        layers = request.first..<request.first + 1
        sources = request.graph.sources[request.first]
        relu = layer.relu
        (input, output) = (operations.source, operations.destination)
        scratchBytes = [forward, sourceGradient, weightsGradient].compactMap { $0?.scratchBytes }.max() ?? 0
        if let forwardLayout = forward.layout(.weights), let gradient = weightsGradient?.layout(.weightsGradient) {
            let copies = WeightForms.Copies.reordered(
                forward: forwardLayout,
                backward: sourceGradient?.layout(.weights)
            )
            weights = WeightForms(
                master: operations.isStandardized ? try .rowMajor(gradient.dimensions) : gradient,
                gradient: gradient,
                copies: copies,
                hasBias: operations.hasBias,
                isStandardized: operations.isStandardized
            )
        } else {
            weights = nil
        }
    }

    func compile(_ memory: StageMemory) throws -> any CompiledStage {
        try Compiled(self, memory)
    }

    /// The operations of one layer, all in layouts that fit together.
    private struct Operations {
        let forward: Operation
        let source: Layout
        let destination: Layout
        /// The layout in which the way back reads the gradient of the destination.
        private let destinationGradient: Layout
        private(set) var hasBias = true
        private(set) var isStandardized = false
        private let request: StageRequest
        private let layer: Layer
        private let weightsShape: [Int]

        init(_ request: StageRequest, _ layer: Layer) throws {
            let engine = request.engine
            let shape = [request.batch] + request.graph.outputs[request.first]
            let precision = request.precision
            let isBlocked = request.graph.isBlocked && shape.count == 4
            let image = isBlocked ? try Layout.blockedChannels(shape, precision) : try Layout.any(shape, precision)
            let below = try request.below ?? .any(request.input, precision)
            var gradient: Layout?
            var fixed: Layout?
            if case .reordered(let forward, _) = request.fixed?.copies { fixed = forward }
            switch layer.kind {
            case .convolution(let filter):
                weightsShape = filter.weights(inputs: request.input[1])
                hasBias = filter.hasBias
                isStandardized = filter.isStandardized
                forward = try Convolution(filter).forward(
                    engine,
                    source: below,
                    weights: fixed ?? .any(weightsShape, precision),
                    destination: image,
                    bias: filter.hasBias,
                    relu: layer.relu,
                    training: request.training
                )
            case .maxPooling(let size):
                weightsShape = []
                forward = try MaxPooling(size: size).forward(
                    engine,
                    source: request.below ?? .rowMajor(request.input, precision),
                    destination: image,
                    training: request.training
                )
            case .dense(let units):
                weightsShape = [units] + request.input.dropFirst()
                // The loss reads logits by rows, as float32.
                let isLast = request.first == request.graph.layers.count - 1
                if isLast { gradient = try .rowMajor(shape, precision) }
                forward = try InnerProduct.forward(
                    engine,
                    source: below,
                    weights: fixed ?? .any(weightsShape, precision),
                    destination: isLast ? .rowMajor(shape) : .any(shape, precision),
                    relu: layer.relu,
                    training: request.training
                )
            case .normalization, .addition, .relu, .averagePooling:
                preconditionFailure("layer \(layer.name) has a stage of its own")
            }
            guard let source = forward.layout(.source), let destination = forward.layout(.destination) else {
                throw ComputeError.layoutMismatch(operation: forward.name, argument: "source or destination")
            }
            (self.source, self.destination) = (source, destination)
            destinationGradient = gradient ?? destination
            (self.request, self.layer) = (request, layer)
        }

        func sourceGradient() throws -> Operation? {
            var fixed: Layout?
            if case .reordered(_, let backward) = request.fixed?.copies { fixed = backward }
            switch layer.kind {
            case .convolution(let filter):
                return try Convolution(filter).sourceGradient(
                    of: forward,
                    source: source,
                    weights: fixed ?? .any(weightsShape, request.precision),
                    destination: destinationGradient
                )
            case .maxPooling(let size):
                return try MaxPooling(size: size).sourceGradient(
                    of: forward,
                    source: source,
                    destination: destinationGradient
                )
            case .dense:
                return try InnerProduct.sourceGradient(
                    of: forward,
                    source: source,
                    weights: fixed ?? .any(weightsShape, request.precision),
                    destination: destinationGradient
                )
            case .normalization, .addition, .relu, .averagePooling: return nil
            }
        }

        func weightsGradient() throws -> Operation? {
            // The first layer may want its source in another layout here; all others take it as it is.
            let source = try request.below ?? .any(request.input, request.precision)
            let weights = try request.fixed?.gradient ?? .any(weightsShape)
            switch layer.kind {
            case .convolution(let filter):
                return try Convolution(filter).weightsGradient(
                    of: forward,
                    source: source,
                    weights: weights,
                    destination: destinationGradient,
                    bias: filter.hasBias
                )
            case .maxPooling, .normalization, .addition, .relu, .averagePooling: return nil
            case .dense:
                return try InnerProduct.weightsGradient(
                    of: forward,
                    source: source,
                    weights: weights,
                    destination: destinationGradient
                )
            }
        }
    }

    private final class Compiled: CompiledStage {
        private let forwardPrimitive: Primitive
        private let relu: Bool
        private let output: Tensor
        private let outputGradient: Tensor?
        /// Where the way back reads the gradient of the output in another layout than it comes in.
        private var gradientCopy: Primitive?
        /// Where the weights gradient wants its source in another layout than the forward operation.
        private var sourceCopy: Primitive?
        private var weightsGradient: Primitive?
        private var sourceGradient: Primitive?

        init(_ stage: LibraryStage, _ memory: StageMemory) throws {
            let arena = memory.arena
            output = memory.output
            outputGradient = memory.outputGradient
            relu = stage.relu
            var arguments: [Argument: Tensor] = [.source: memory.input, .destination: memory.output]
            if let parameters = memory.parameters {
                arguments[.weights] = parameters.forwardWeight
                arguments[.bias] = parameters.bias?.values
            }
            let workspace = try stage.forward.layout(.workspace).map { try arena.tensor($0) }
            arguments[.workspace] = workspace
            forwardPrimitive = try Primitive(stage.forward, arguments, scratch: memory.scratch, in: arena)

            guard var outputGradient = memory.outputGradient else { return }
            let wanted = stage.weightsGradient ?? stage.sourceGradient
            if let layout = wanted?.layout(.destinationGradient), layout != outputGradient.layout {
                let copy = try arena.tensor(layout)
                gradientCopy = try Primitive(
                    Reorder.operation(arena.engine, from: outputGradient.layout, to: layout),
                    [.source: outputGradient, .destination: copy]
                )
                outputGradient = copy
            }
            if let operation = stage.weightsGradient, let parameters = memory.parameters {
                var source = memory.input
                if let wanted = operation.layout(.source), wanted != source.layout {
                    source = try arena.tensor(wanted)
                    sourceCopy = try Primitive(
                        Reorder.operation(arena.engine, from: memory.input.layout, to: wanted),
                        [.source: memory.input, .destination: source]
                    )
                }
                var arguments: [Argument: Tensor] = [
                    .source: source, .destinationGradient: outputGradient,
                    .weightsGradient: parameters.weightGradient,
                ]
                arguments[.biasGradient] = parameters.bias?.gradient
                weightsGradient = try Primitive(operation, arguments, scratch: memory.scratch, in: arena)
            }
            if let operation = stage.sourceGradient, let inputGradient = memory.inputGradient {
                var arguments: [Argument: Tensor] = [
                    .destinationGradient: outputGradient, .sourceGradient: inputGradient,
                ]
                arguments[.weights] = memory.parameters?.backwardWeight
                arguments[.workspace] = workspace
                sourceGradient = try Primitive(operation, arguments, scratch: memory.scratch, in: arena)
            }
        }

        func forward() throws {
            try forwardPrimitive.run()
        }

        func backward() throws {
            if relu, let outputGradient { Elementwise.mask(outputGradient, where: output) }
            try gradientCopy?.run()
            try sourceCopy?.run()
            try weightsGradient?.run()
            try sourceGradient?.run()
        }
    }
}

extension Convolution {
    fileprivate init(_ filter: Layer.Filter) {
        self.init(stride: filter.stride, padding: filter.size / 2)
    }
}
