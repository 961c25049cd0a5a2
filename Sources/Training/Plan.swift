import Compute

/// A network compiled for one batch size: fixed memory, primitives bound to it, nothing allocated per step.
///
/// Activations keep the blocked layouts that oneDNN chose from one layer to the next; only the input and, for probes,
/// an output are copied to or from row-major order.
final class Plan {
    let batch: Int
    /// batch x example, row-major: where examples are written.
    let input: Tensor
    /// batch x C, row-major.
    let logits: Tensor
    /// batch x C, row-major: gradient of the loss with respect to the logits, to be filled before `backward`. Nil in
    /// a plan for inference.
    let logitsGradient: Tensor?

    private let stages: [CompiledStage]
    private let inputCopy: Primitive?
    private let firstInput: Tensor

    /// Gives out memory and compiles. Two-phase because the arena is allocated between: `init` reserves, `compile`
    /// binds.
    init(_ engine: Engine, blueprint: Blueprint, parameters: Parameters, arena: Arena) throws {
        let scratch = arena.reserve(byteCount: blueprint.scratchBytes)
        let first = blueprint.stages[0]
        input = try arena.tensor(.rowMajor(first.input.dimensions))
        firstInput = first.input == input.layout ? input : try arena.tensor(first.input)
        batch = blueprint.batch

        // The gradient of an activation lives only until the layer below has read it: two places take turns.
        let largest = blueprint.stages.map(\.output.byteCount).max() ?? 0
        let places = blueprint.training ? (0..<2).map { _ in arena.reserve(byteCount: largest) } : []
        var stages: [CompiledStage] = []
        var gradientBelow: Tensor?
        for (index, stage) in blueprint.stages.enumerated() {
            let gradient = blueprint.training ? try arena.tensor(stage.output, in: places[index % 2]) : nil
            stages.append(
                try CompiledStage(
                    stage,
                    input: stages.last?.output ?? firstInput,
                    outputGradient: gradient,
                    inputGradient: gradientBelow,
                    parameters: parameters.layers[index],
                    arena: arena,
                    scratch: scratch
                )
            )
            gradientBelow = gradient
        }
        self.stages = stages
        logits = stages[stages.count - 1].output
        logitsGradient = gradientBelow
        inputCopy =
            firstInput === input
            ? nil
            : try Primitive(
                Reorder.operation(engine, from: input.layout, to: firstInput.layout),
                [.source: input, .destination: firstInput]
            )
    }

    /// Runs the layers from the input up to and including layer `last` (the logits if nil).
    func forward(through last: Int? = nil) throws {
        try inputCopy?.run()
        for stage in stages[...(last ?? stages.count - 1)] {
            try stage.forward()
        }
    }

    /// From the gradient of the logits to the gradients of all parameters.
    func backward() throws {
        for stage in stages.reversed() {
            try stage.backward()
        }
    }

    /// Output of a layer, in whatever layout it has.
    func output(of layer: Int) -> Tensor { stages[layer].output }
}

/// One layer bound to its memory.
private final class CompiledStage {
    let output: Tensor
    private let forwardPrimitive: Primitive
    private let outputGradient: Tensor?
    private let relu: Bool
    /// Where the weights gradient wants its source in another layout than the forward operation (the first layer).
    private var sourceCopy: Primitive?
    private var weightsGradient: Primitive?
    private var sourceGradient: Primitive?

    init(
        _ stage: Blueprint.Stage,
        input: Tensor,
        outputGradient: Tensor?,
        inputGradient: Tensor?,
        parameters: Parameters.OfLayer?,
        arena: Arena,
        scratch: Arena.Region
    ) throws {
        output = try arena.tensor(stage.output)
        relu = stage.layer.relu
        self.outputGradient = outputGradient
        var arguments: [Argument: Tensor] = [.source: input, .destination: output]
        if let parameters {
            arguments[.weights] = parameters.forwardWeight
            arguments[.bias] = parameters.bias.values
        }
        var workspace: Tensor?
        if let layout = stage.forward.layout(.workspace) {
            workspace = try arena.tensor(layout)
            arguments[.workspace] = workspace
        }
        forwardPrimitive = try Primitive(stage.forward, arguments, scratch: scratch, in: arena)

        guard let outputGradient else { return }
        if let operation = stage.weightsGradient, let parameters {
            var source = input
            if let wanted = operation.layout(.source), wanted != input.layout {
                source = try arena.tensor(wanted)
                sourceCopy = try Primitive(
                    Reorder.operation(arena.engine, from: input.layout, to: wanted),
                    [.source: input, .destination: source]
                )
            }
            weightsGradient = try Primitive(
                operation,
                [
                    .source: source, .destinationGradient: outputGradient,
                    .weightsGradient: parameters.weight.gradient, .biasGradient: parameters.bias.gradient,
                ],
                scratch: scratch,
                in: arena
            )
        }
        if let operation = stage.sourceGradient, let inputGradient {
            var arguments: [Argument: Tensor] = [
                .destinationGradient: outputGradient, .sourceGradient: inputGradient,
            ]
            arguments[.weights] = parameters?.backwardWeight
            arguments[.workspace] = workspace
            sourceGradient = try Primitive(operation, arguments, scratch: scratch, in: arena)
        }
    }

    func forward() throws {
        try forwardPrimitive.run()
    }

    /// Reads the gradient of the output; leaves those of the parameters and of the input.
    func backward() throws {
        if relu, let outputGradient {
            maskByReLU(outputGradient, where: output)
        }
        try sourceCopy?.run()
        try weightsGradient?.run()
        try sourceGradient?.run()
    }
}

/// Backward of a fused ReLU, in place: a gradient passes where the output is positive.
func maskByReLU(_ gradient: Tensor, where output: Tensor) {
    let gradients = gradient.vectors
    let outputs = output.vectors
    let zero = SIMD16<Float>()
    for index in gradients.indices {
        gradients[index] = gradients[index].replacing(with: zero, where: outputs[index] .<= zero)
    }
}
