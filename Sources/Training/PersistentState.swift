import Compute

extension Parameters {
    /// Every tensor that outlives a step and decides the bits of the next one, named and in a fixed order. What is added
    /// to a model that lasts from step to step belongs here: checkpoints take their tensors from this list alone.
    var persistent: [(name: String, tensor: Tensor)] {
        all.flatMap { [($0.name, $0.values), ("\($0.name).momentum", $0.momentum)] }
    }
}

extension Model {
    /// All that the next step depends on besides the batch: parameters and momenta.
    func persistentState() throws -> [NamedTensor] {
        try parameters.persistent.map { name, tensor in
            NamedTensor(name: name, shape: tensor.layout.dimensions, values: try tensor.rowMajorValues())
        }
    }

    /// Puts a state back; nothing is changed where it does not fit this model.
    func restore(_ state: [NamedTensor]) throws {
        let wanted = parameters.persistent
        guard wanted.map(\.name) == state.map(\.name) else {
            throw TrainingError.foreignCheckpoint("its tensors are those of another network")
        }
        for (place, (name, tensor)) in wanted.enumerated() {
            guard state[place].shape == tensor.layout.dimensions,
                state[place].values.count == tensor.layout.elementCount
            else { throw TrainingError.foreignCheckpoint("\(name) has the shape \(state[place].shape)") }
        }
        for (place, (_, tensor)) in wanted.enumerated() {
            try tensor.assign(rowMajor: state[place].values)
        }
        try parameters.publish()
    }
}
