/// The network of a job, resolved: nothing is left to a default. Its JSON is flat: the options stand beside the name.
public struct ModelSettings: Codable, Hashable, Sendable {
    /// The network's name, such as `mlp` or `cnn`.
    public var name: String
    /// What of it was chosen.
    public var options: NetworkOptions

    private enum CodingKeys: String, CodingKey {
        case name
    }

    /// - Parameters:
    ///   - name: the network's name
    ///   - options: what of it was chosen
    public init(name: String, options: NetworkOptions = NetworkOptions()) {
        self.name = name
        self.options = options
    }

    /// Reads the flat form.
    public init(from decoder: any Decoder) throws {
        name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
        options = try NetworkOptions(from: decoder)
    }

    /// Writes the flat form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try options.encode(to: encoder)
    }
}
