extension Network {
    /// `cnn`: 3 x 3 convolutions 32, 32, max-pool, 64, 64, max-pool, dense 128, dense C, with ReLU; no normalisation.
    /// Probes: input, first convolution, first pool, third convolution, second pool, dense layer, softmax.
    static let cnn = Network(
        name: "cnn",
        objection: { settings in
            guard case .image(let height, let width, let channels) = settings.input else {
                return "cnn takes images; use mlp for rows of features"
            }
            guard (8...64).contains(height), (8...64).contains(width) else {
                return "cnn takes images of 8 to 64 pixels a side, not \(height) x \(width)"
            }
            guard channels == 1 || channels == 3 else {
                return "cnn takes images of 1 or 3 channels, not \(channels)"
            }
            guard settings.hidden == nil else {
                return "the layers of cnn are fixed; hidden sizes belong to mlp"
            }
            return nil
        },
        layers: { settings in
            [
                Layer("conv1", .convolution(channels: 32), relu: true, isProbe: true),
                Layer("conv2", .convolution(channels: 32), relu: true),
                Layer("pool1", .maxPooling(size: 2), isProbe: true),
                Layer("conv3", .convolution(channels: 64), relu: true, isProbe: true),
                Layer("conv4", .convolution(channels: 64), relu: true),
                Layer("pool2", .maxPooling(size: 2), isProbe: true),
                Layer("dense1", .dense(units: 128), relu: true, isProbe: true),
                Layer("logits", .dense(units: settings.classes)),
            ]
        }
    )
}
