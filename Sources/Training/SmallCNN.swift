import Recipes

extension Network {
    /// `cnn`: 3 x 3 convolutions 32, 32, max-pool, 64, 64, max-pool, dense 128, dense C, with ReLU; no normalisation.
    /// Probes: input, first convolution, first pool, third convolution, second pool, dense layer, softmax.
    ///
    /// `channels` sets the convolutions: a max-pool follows each second one and the last. Probes are the first
    /// convolution of each pair and each pool. `dense` sets the dense layer.
    static let cnn = Network(
        name: "cnn",
        objection: { settings in
            if let objection = settings.input.objection(for: "cnn") { return objection }
            let channels = settings.options.channels ?? SmallCNN.defaultChannels
            // Each pair halves the image, down to one pixel.
            let side = settings.input.dimensions.dropFirst().min() ?? 0
            let most = 2 * (side.bitWidth - side.leadingZeroBitCount - 1)
            guard (1...most).contains(channels.count) else {
                return Objection(
                    option: "channels",
                    "cnn takes 1 to \(most) convolutions on images whose smaller side is \(side), not \(channels.count)"
                )
            }
            guard channels.allSatisfy((1...SmallCNN.mostChannels).contains) else {
                return Objection(
                    option: "channels",
                    "a convolution of cnn has 1 to \(SmallCNN.mostChannels) channels"
                )
            }
            guard (1...SmallCNN.mostUnits).contains(settings.options.dense ?? SmallCNN.defaultDense) else {
                return Objection(option: "dense", "the dense layer of cnn has 1 to \(SmallCNN.mostUnits) units")
            }
            return settings.options.objection(for: "cnn", taking: ["channels", "dense"])
        },
        layers: { settings in
            let channels = settings.options.channels ?? SmallCNN.defaultChannels
            var layers: [Layer] = []
            for (index, count) in channels.enumerated() {
                let isFirst = index % 2 == 0
                layers.append(
                    Layer("conv\(index + 1)", .convolution(channels: count), relu: true, isProbe: isFirst)
                )
                guard !isFirst || index == channels.count - 1 else { continue }
                layers.append(Layer("pool\(index / 2 + 1)", .maxPooling(size: 2), isProbe: true))
            }
            return layers + [
                Layer(
                    "dense1",
                    .dense(units: settings.options.dense ?? SmallCNN.defaultDense),
                    relu: true,
                    isProbe: true
                ),
                Layer("logits", .dense(units: settings.classes)),
            ]
        }
    )
}

private enum SmallCNN {
    static let defaultChannels = [32, 32, 64, 64]
    static let defaultDense = 128
    static let mostChannels = 1024
    static let mostUnits = 8192
}
