import Compute

/// A parameter as it is kept outside the engine: named, row-major.
public struct NamedTensor: Sendable, Hashable {
    /// E.g. `conv1.weight`.
    public var name: String
    /// Weights of convolutions O x I x 3 x 3, of dense layers O x I (O x C x H x W after an image), biases O.
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
    /// All parameters, weight before bias, from the first layer to the last.
    public func weights() throws -> [NamedTensor] {
        try parameters.all.map {
            NamedTensor(
                name: $0.name,
                shape: $0.values.layout.dimensions,
                values: try $0.values.rowMajorValues()
            )
        }
    }

    /// Replaces all parameters, e.g. by those of a finished member.
    public func setWeights(_ tensors: [NamedTensor]) throws {
        for parameter in parameters.all {
            guard let tensor = tensors.first(where: { $0.name == parameter.name }) else {
                throw TrainingError.missingWeights(parameter.name)
            }
            guard tensor.values.count == parameter.values.layout.elementCount else {
                throw TrainingError.missingWeights(
                    "\(parameter.name) of shape \(parameter.values.layout.dimensions), not \(tensor.shape)"
                )
            }
            try parameter.values.assign(rowMajor: tensor.values)
        }
        try parameters.publish()
    }

    /// The gradients that the last step left, in the order and shape of `weights()`.
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
