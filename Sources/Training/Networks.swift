import Recipes

/// What a network is built for.
public struct NetworkSettings: Sendable, Hashable {
    /// One example.
    public var input: InputShape
    /// Number of classes C.
    public var classes: Int
    /// What of the network may be chosen.
    public var options: NetworkOptions

    /// Parameters are those of the properties.
    public init(input: InputShape, classes: Int, options: NetworkOptions = NetworkOptions()) {
        self.input = input
        self.classes = classes
        self.options = options
    }
}

/// A kind of network: a name and how its layers follow from the settings.
///
/// To add one: write a file like `SmallCNN.swift` that defines a `Network`, and name it in `Networks.all`.
public struct Network: Sendable {
    /// Name in requests and keys.
    public let name: String
    /// Why these settings cannot be used; nil if they can.
    public let objection: @Sendable (NetworkSettings) -> Objection?
    /// The layers from input to logits; the last one is dense with C units and no ReLU.
    public let layers: @Sendable (NetworkSettings) -> [Layer]

    /// What is wrong with settings.
    public struct Objection: Sendable, Hashable, CustomStringConvertible {
        /// The option that is at fault, as requests call it; nil where it is the data.
        public var option: String?
        /// One sentence for the user.
        public var description: String

        /// Parameters are those of the properties.
        public init(option: String? = nil, _ description: String) {
            self.option = option
            self.description = description
        }
    }

    /// Parameters are those of the properties.
    public init(
        name: String,
        objection: @escaping @Sendable (NetworkSettings) -> Objection?,
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
    public static let all: [Network] = [.mlp, .linear, .cnn, .resnet20, .resnet18, .vgg16]

    /// The network of that name.
    public static func named(_ name: String) -> Network? {
        all.first { $0.name == name }
    }
}

extension InputShape {
    /// Why a network that takes images does not take this; nil if it does. Sizes are those that the service trains at.
    func objection(for network: String) -> Network.Objection? {
        guard case .image(let height, let width, let channels) = self else {
            return Network.Objection("\(network) takes images; use mlp for rows of features")
        }
        guard (8...64).contains(height), (8...64).contains(width) else {
            return Network.Objection("\(network) takes images of 8 to 64 pixels a side, not \(height) x \(width)")
        }
        guard channels == 1 || channels == 3 else {
            return Network.Objection("\(network) takes images of 1 or 3 channels, not \(channels)")
        }
        return nil
    }
}
