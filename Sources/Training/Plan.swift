import Compute

/// A network compiled for one batch size: fixed memory, operations bound to it, nothing allocated per step.
///
/// Activations keep their blocked layouts from one layer to the next; only the input and, for probes, an output are
/// copied to or from row-major order.
final class Plan {
    let batch: Int
    /// batch x example, row-major: where examples are written.
    let input: Tensor
    /// batch x C, row-major.
    let logits: Tensor
    /// batch x C, row-major: gradient of the loss with respect to the logits, to be filled before `backward`. Nil in
    /// a plan for inference.
    let logitsGradient: Tensor?

    private let stages: [any CompiledStage]
    private let outputs: [Tensor]
    /// The stage that computes each layer.
    private let stageOfLayer: [Int]
    private let inputCopy: Primitive?

    /// Reserves memory and compiles; the arena is to be allocated afterwards.
    init(_ engine: Engine, blueprint: Blueprint, parameters: Parameters, arena: Arena) throws {
        let scratch = arena.reserve(byteCount: blueprint.scratchBytes)
        let first = blueprint.stages[0]
        input = try arena.tensor(.rowMajor(first.input.dimensions))
        let firstInput = first.input == input.layout ? input : try arena.tensor(first.input)
        inputCopy =
            firstInput === input
            ? nil
            : try Primitive(
                Reorder.operation(engine, from: input.layout, to: firstInput.layout),
                [.source: input, .destination: firstInput]
            )
        batch = blueprint.batch

        // The gradient of an activation lives only until the layer below has read it: two places take turns.
        let largest = blueprint.stages.map(\.output.byteCount).max() ?? 0
        let places = blueprint.training ? (0..<2).map { _ in arena.reserve(byteCount: largest) } : []
        var stages: [any CompiledStage] = []
        var outputs: [Tensor] = []
        var gradientBelow: Tensor?
        for (index, stage) in blueprint.stages.enumerated() {
            let output = try arena.tensor(stage.output)
            let gradient = blueprint.training ? try arena.tensor(stage.output, in: places[index % 2]) : nil
            stages.append(
                try stage.compile(
                    StageMemory(
                        arena: arena,
                        input: outputs.last ?? firstInput,
                        output: output,
                        outputGradient: gradient,
                        inputGradient: gradientBelow,
                        parameters: parameters.stages[index],
                        scratch: scratch
                    )
                )
            )
            outputs.append(output)
            gradientBelow = gradient
        }
        self.stages = stages
        self.outputs = outputs
        stageOfLayer = blueprint.stages.indices.flatMap { index in blueprint.stages[index].layers.map { _ in index } }
        logits = outputs[outputs.count - 1]
        logitsGradient = gradientBelow
    }

    /// Runs the layers from the input up to and including layer `last` (the logits if nil).
    func forward(through last: Int? = nil) throws {
        try inputCopy?.run()
        for stage in stages[...(last.map { stageOfLayer[$0] } ?? stages.count - 1)] {
            try stage.forward()
        }
    }

    /// From the gradient of the logits to the gradients of all parameters.
    func backward() throws {
        for stage in stages.reversed() {
            try stage.backward()
        }
    }

    /// Output of a layer that is the last of its stage, in whatever layout it has.
    func output(of layer: Int) -> Tensor { outputs[stageOfLayer[layer]] }
}
