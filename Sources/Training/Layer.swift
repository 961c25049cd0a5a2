import Compute

/// One layer of a network as its definition writes it down. Shapes follow from the layer it reads.
public struct Layer: Sendable, Hashable {
    /// What a layer computes.
    public enum Kind: Sendable, Hashable {
        /// Convolution with zero padding: N x C x H x W to N x `channels` x ceil(H / stride) x ceil(W / stride).
        case convolution(Filter)
        /// Batch or group normalisation with a scale and a shift for each channel; keeps the shape.
        case normalization(Normalization.Statistics)
        /// Adds the output of the layer of that name, which has the same shape.
        case addition(of: String)
        /// max(0, .), where it is a layer of its own.
        case relu
        /// Maximum over windows of `size` x `size`: H x W becomes floor(H / size) x floor(W / size).
        case maxPooling(size: Int)
        /// Mean over the whole image: N x C x H x W to N x C.
        case averagePooling
        /// Fully connected: flattens what comes in and gives N x `units`.
        case dense(units: Int)

        /// A convolution 3 x 3 with stride 1 and a bias.
        public static func convolution(channels: Int) -> Kind { .convolution(Filter(channels: channels)) }
    }

    /// The filters of a convolution.
    public struct Filter: Sendable, Hashable {
        /// Channels of the output.
        public var channels: Int
        /// Side of the window in pixels, odd; the padding is half of it.
        public var size: Int
        /// Distance between two outputs, in pixels of the source, both ways.
        public var stride: Int
        /// Whether a bias is added; a normalisation that follows would take it out again.
        public var hasBias: Bool
        /// Whether weights are standardised by output channel.
        public var isStandardized: Bool

        /// Parameters are those of the properties.
        public init(
            channels: Int,
            size: Int = 3,
            stride: Int = 1,
            hasBias: Bool = true,
            isStandardized: Bool = false
        ) {
            self.channels = channels
            self.size = size
            self.stride = stride
            self.hasBias = hasBias
            self.isStandardized = isStandardized
        }

        /// O x I x KH x KW over `inputs` channels.
        func weights(inputs: Int) -> [Int] { [channels, inputs, size, size] }
    }

    /// Name of the layer, of its parameters (`name.weight`, `name.bias`) and of its probe.
    public var name: String
    /// What it computes.
    public var kind: Kind
    /// Name of the layer whose output it reads; nil for the layer before it, or the input.
    public var source: String?
    /// Whether max(0, .) is applied to the output of a convolution or dense layer.
    public var relu: Bool
    /// Whether prediction depth looks at its output (after the ReLU).
    public var isProbe: Bool

    /// Parameters are those of the properties.
    public init(_ name: String, _ kind: Kind, from source: String? = nil, relu: Bool = false, isProbe: Bool = false) {
        self.name = name
        self.kind = kind
        self.source = source
        self.relu = relu
        self.isProbe = isProbe
    }

    /// Dimensions of the output for one example, from those of the input.
    public func output(of input: [Int]) -> [Int] {
        switch kind {
        case .convolution(let filter):
            [filter.channels] + input.dropFirst().map { ($0 + filter.stride - 1) / filter.stride }
        case .maxPooling(let size): [input[0]] + input.dropFirst().map { $0 / size }
        case .averagePooling: [input[0]]
        case .dense(let units): [units]
        case .normalization, .addition, .relu: input
        }
    }

    /// Multiplications for one example, those of convolutions and dense layers.
    func multiplications(of input: [Int]) -> Int {
        switch kind {
        case .convolution(let filter):
            output(of: input).reduce(1, *) * input[0] * filter.size * filter.size
        case .dense(let units): units * input.reduce(1, *)
        default: 0
        }
    }
}
