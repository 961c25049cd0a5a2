import Compute

/// A parameter as it is kept outside the engine: named, row-major.
public struct NamedTensor: Sendable, Hashable {
    /// E.g. `conv1.weight`.
    public var name: String
    /// Weights of convolutions O x I x KH x KW, of dense layers O x I (O x C x H x W after an image), biases O; of
    /// normalisations C.
    public var shape: [Int]
    /// Row-major.
    public var values: [Float]

    /// Parameters are those of the properties.
    public init(name: String, shape: [Int], values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = values
    }
}

extension Model {
    /// All parameters, weight before bias, from the first layer to the last, and behind them the running averages of
    /// batch normalisations (`name.running_mean`, `name.running_var`): all that evaluation depends on.
    public func weights() throws -> [NamedTensor] {
        try named(parameters.all.map { ($0.name, $0.values) } + parameters.running)
    }

    /// Replaces all parameters and running averages, e.g. by those of a finished member.
    public func setWeights(_ tensors: [NamedTensor]) throws {
        try assign(tensors, to: parameters.all.map { ($0.name, $0.values) } + parameters.running)
    }

    /// Everything that training carries from one step to the next: `weights()` and the momentum of each parameter
    /// (`name.momentum`).
    public func state() throws -> [NamedTensor] {
        try named(parameters.state)
    }

    /// Goes back to a state that `state()` returned; the steps that follow give the same bits. Nothing is changed where it
    /// is not the state of such a model.
    public func setState(_ tensors: [NamedTensor]) throws {
        guard tensors.map(\.name) == parameters.state.map(\.name) else {
            throw TrainingError.foreignCheckpoint("its tensors are those of another network")
        }
        for (tensor, (name, place)) in zip(tensors, parameters.state) {
            guard tensor.shape == place.layout.dimensions, tensor.values.count == place.layout.elementCount else {
                throw TrainingError.foreignCheckpoint("\(name) has the shape \(tensor.shape)")
            }
        }
        try assign(tensors, to: parameters.state)
    }

    private func named(_ tensors: [(name: String, values: Tensor)]) throws -> [NamedTensor] {
        try tensors.map {
            NamedTensor(name: $0.name, shape: $0.values.layout.dimensions, values: try $0.values.rowMajorValues())
        }
    }

    private func assign(_ tensors: [NamedTensor], to places: [(name: String, values: Tensor)]) throws {
        let byName = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, place) in places {
            guard let tensor = byName[name] else { throw TrainingError.missingWeights(name) }
            guard tensor.values.count == place.layout.elementCount else {
                throw TrainingError.missingWeights(
                    "\(name) of shape \(place.layout.dimensions), not \(tensor.shape)"
                )
            }
            try place.assign(rowMajor: tensor.values)
        }
        try parameters.publish()
    }

    /// The gradients that the last step left, in the order and shape of `weights()`; running averages have none.
    public func lastGradients() throws -> [NamedTensor] {
        try parameters.all.map {
            NamedTensor(
                name: $0.name,
                shape: $0.gradient.layout.dimensions,
                values: try $0.gradient.rowMajorValues()
            )
        }
    }
}
