/// What a network is built for.
public struct NetworkSettings: Sendable, Hashable {
    /// One example.
    public var input: InputShape
    /// Number of classes C.
    public var classes: Int
    /// Sizes of the hidden layers where the network lets them be chosen; nil for its default.
    public var hidden: [Int]?

    /// Parameters are those of the properties.
    public init(input: InputShape, classes: Int, hidden: [Int]? = nil) {
        self.input = input
        self.classes = classes
        self.hidden = hidden
    }
}

/// A kind of network: a name and how its layers follow from the settings.
///
/// To add one: write a file like `SmallCNN.swift` that defines a `Network`, and name it in `Networks.all`.
public struct Network: Sendable {
    /// Name in requests and keys.
    public let name: String
    /// Why these settings cannot be used, in one sentence; nil if they can.
    public let objection: @Sendable (NetworkSettings) -> String?
    /// The layers from input to logits; the last one is dense with C units and no ReLU.
    public let layers: @Sendable (NetworkSettings) -> [Layer]

    /// Parameters are those of the properties.
    public init(
        name: String,
        objection: @escaping @Sendable (NetworkSettings) -> String?,
        layers: @escaping @Sendable (NetworkSettings) -> [Layer]
    ) {
        self.name = name
        self.objection = objection
        self.layers = layers
    }

    /// Names of the probes in order: the input, the layers marked as probes, the softmax output.
    public func probeNames(_ settings: NetworkSettings) -> [String] {
        ["input"] + layers(settings).filter(\.isProbe).map(\.name) + ["softmax"]
    }
}

/// All networks that can be trained.
public enum Networks {
    /// The registry: one entry a network.
    public static let all: [Network] = [.mlp, .cnn]

    /// The network of that name.
    public static func named(_ name: String) -> Network? {
        all.first { $0.name == name }
    }
}
