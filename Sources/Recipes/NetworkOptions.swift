/// What of a network may be chosen; each network takes some of these. Nil stands for the network's default, is absent from
/// JSON, and is no part of a member's key.
public struct NetworkOptions: Codable, Sendable, Hashable {
    /// Over what a network normalises.
    public enum Norm: String, Codable, Sendable, CaseIterable {
        /// Groups of channels of one image (Wu and He 2018): no example depends on others in its batch, and training
        /// and evaluation compute the same.
        case group
        /// The mini-batch (Ioffe and Szegedy 2015), with running averages in evaluation.
        case batch
    }

    /// Units of the hidden layers (`mlp`).
    public var hidden: [Int]?
    /// Channels of the convolutions (`cnn`).
    public var channels: [Int]?
    /// Units of the dense layer before the logits (`cnn`).
    public var dense: Int?
    /// The normalisation behind each convolution (the deep networks).
    public var norm: Norm?
    /// Whether the weights of convolutions are standardised (Qiao et al. 2019; the deep networks).
    public var weightStandardization: Bool?

    enum CodingKeys: String, CodingKey {
        case hidden, channels, dense, norm
        case weightStandardization = "weight_standardization"
    }

    /// Parameters are those of the properties.
    public init(
        hidden: [Int]? = nil,
        channels: [Int]? = nil,
        dense: Int? = nil,
        norm: Norm? = nil,
        weightStandardization: Bool? = nil
    ) {
        self.hidden = hidden
        self.channels = channels
        self.dense = dense
        self.norm = norm
        self.weightStandardization = weightStandardization
    }
}
