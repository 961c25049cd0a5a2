/// One layer of a network as its definition writes it down. Shapes follow from the layer below.
public struct Layer: Sendable, Hashable {
    /// What a layer computes.
    public enum Kind: Sendable, Hashable {
        /// 3 x 3 convolution, stride 1, one pixel of zero padding: N x C x H x W to N x `channels` x H x W.
        case convolution(channels: Int)
        /// Maximum over windows of `size` x `size`: H x W becomes floor(H / size) x floor(W / size).
        case maxPooling(size: Int)
        /// Fully connected: flattens what comes in and gives N x `units`.
        case dense(units: Int)
    }

    /// Name of the layer, of its parameters (`name.weight`, `name.bias`) and of its probe.
    public var name: String
    /// What it computes.
    public var kind: Kind
    /// Whether max(0, .) is applied to its output.
    public var relu: Bool
    /// Whether prediction depth looks at its output (after the ReLU).
    public var isProbe: Bool

    /// Parameters are those of the properties.
    public init(_ name: String, _ kind: Kind, relu: Bool = false, isProbe: Bool = false) {
        self.name = name
        self.kind = kind
        self.relu = relu
        self.isProbe = isProbe
    }

    /// Dimensions of the output for one example, from those of the input.
    public func output(of input: [Int]) -> [Int] {
        switch kind {
        case .convolution(let channels): [channels] + input.dropFirst()
        case .maxPooling(let size): [input[0]] + input.dropFirst().map { $0 / size }
        case .dense(let units): [units]
        }
    }
}
