import Compute

/// Where the gradients of all activations lie.
///
/// A gradient lives from the first reader of the activation that writes it (on the way back, the last in order) until
/// the stage that made the activation has read it; then its place is free for another. A list of layers takes turns
/// between two places, a residual network needs one or two more. The gradient of an activation that several stages
/// read is the sum of what they leave: the first one writes, the others add, either by themselves or from a place of
/// their own.
struct GradientMap {
    /// A gradient, left in a place of its own, that is added to that of an activation.
    struct Addition {
        let from: Tensor
        let to: Tensor
    }

    /// By stage: gradient of its output.
    private(set) var outputs: [Tensor?]
    /// By stage and source; nil for the input of the network.
    private(set) var inputs: [[StageMemory.Target?]]
    /// By stage: what is to be added after its way back.
    private(set) var additions: [[Addition]]

    init(_ blueprint: Blueprint, arena: Arena) throws {
        let stages = blueprint.stages
        var free = Places(arena, byteCount: stages.map(\.output.byteCount).max() ?? 0)
        /// By stage: where the gradient of its output lies.
        var places: [Arena.Region?] = stages.map { _ in nil }
        outputs = stages.map { _ in nil }
        inputs = stages.map { $0.sources.map { _ in nil } }
        additions = stages.map { _ in [] }
        places[stages.count - 1] = free.take()

        for (index, stage) in stages.enumerated().reversed() {
            guard let place = places[index] else { preconditionFailure("nothing reads stage \(index)") }
            outputs[index] = try arena.tensor(stage.output, in: place)
            var isPassedOn = false
            var borrowed: [Arena.Region] = []
            for (number, layer) in stage.sources.enumerated() where layer >= 0 {
                let source = blueprint.stageOfLayer[layer]
                let layout = stages[source].output
                let inPlace = number == 0 && stage.worksInPlace && layout == stage.output
                // A stage that reads one activation twice cannot add to what it is about to write.
                let isAgain = stage.sources[..<number].contains { $0 >= 0 && blueprint.stageOfLayer[$0] == source }
                if let existing = places[source] {
                    let total = try arena.tensor(layout, in: existing)
                    if stage.addsGradients && !inPlace && !isAgain {
                        inputs[index][number] = StageMemory.Target(tensor: total, adds: true)
                    } else {
                        let own = inPlace ? place : free.take()
                        if !inPlace { borrowed.append(own) }
                        let part = try arena.tensor(layout, in: own)
                        inputs[index][number] = StageMemory.Target(tensor: part, adds: false)
                        additions[index].append(Addition(from: part, to: total))
                    }
                } else {
                    places[source] = inPlace ? place : free.take()
                    isPassedOn = isPassedOn || inPlace
                    let tensor = try arena.tensor(layout, in: places[source]!)
                    inputs[index][number] = StageMemory.Target(tensor: tensor, adds: false)
                }
            }
            for own in borrowed { free.give(back: own) }
            if !isPassedOn { free.give(back: place) }
        }
    }

    /// Places of equal size, reserved when none is free.
    private struct Places {
        private let arena: Arena
        private let byteCount: Int
        private var free: [Arena.Region] = []

        init(_ arena: Arena, byteCount: Int) {
            self.arena = arena
            self.byteCount = byteCount
        }

        mutating func take() -> Arena.Region {
            free.popLast() ?? arena.reserve(byteCount: byteCount)
        }

        mutating func give(back place: Arena.Region) {
            free.append(place)
        }
    }
}
