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
    /// Output of the first layer, and after `backward` the gradient with respect to it; nil in a plan for inference.
    let firstLayer: (output: Tensor, gradient: Tensor)?

    private let stages: [any CompiledStage]
    /// By stage: gradients that it left in a place of their own, and those to which they are added afterwards.
    private let additions: [[GradientMap.Addition]]
    private let outputs: [Tensor]
    /// The stage that computes each layer.
    private let stageOfLayer: [Int]
    private let inputCopy: Primitive?

    /// Reserves memory and compiles; the arena is to be allocated afterwards.
    init(_ engine: Engine, blueprint: Blueprint, parameters: Parameters, arena: Arena) throws {
        let scratch = arena.reserve(byteCount: blueprint.scratchBytes)
        let first = blueprint.stages[0]
        let input = try arena.tensor(.rowMajor(first.input.dimensions))
        let firstInput = first.input == input.layout ? input : try arena.tensor(first.input)
        inputCopy =
            firstInput === input
            ? nil
            : try Primitive(
                Reorder.operation(engine, from: input.layout, to: firstInput.layout),
                [.source: input, .destination: firstInput]
            )
        self.input = input
        batch = blueprint.batch
        stageOfLayer = blueprint.stageOfLayer

        let gradients = blueprint.training ? try GradientMap(blueprint, arena: arena) : nil
        var outputs: [Tensor] = []
        var stages: [any CompiledStage] = []
        for (index, stage) in blueprint.stages.enumerated() {
            let output = try arena.tensor(stage.output)
            stages.append(
                try stage.compile(
                    StageMemory(
                        arena: arena,
                        inputs: stage.sources.map { $0 < 0 ? firstInput : outputs[blueprint.stageOfLayer[$0]] },
                        output: output,
                        outputGradient: gradients?.outputs[index],
                        inputGradients: gradients?.inputs[index] ?? stage.sources.map { _ in nil },
                        parameters: parameters.ofStage(blueprint.names[index]),
                        scratch: scratch
                    )
                )
            )
            outputs.append(output)
        }
        self.stages = stages
        self.outputs = outputs
        additions = gradients?.additions ?? []
        logits = outputs[outputs.count - 1]
        logitsGradient = gradients?.outputs[outputs.count - 1]
        firstLayer = gradients?.outputs[0].map { (outputs[0], $0) }
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
        for (stage, additions) in zip(stages, additions).reversed() {
            try stage.backward()
            for addition in additions { Elementwise.add(addition.from, to: addition.to) }
        }
    }

    /// Output of a layer that is the last of its stage, in whatever layout it has.
    func output(of layer: Int) -> Tensor { outputs[stageOfLayer[layer]] }
}
