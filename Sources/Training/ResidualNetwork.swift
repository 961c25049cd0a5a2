import Recipes

extension Network {
    /// `resnet20`: the CIFAR form of He, Zhang, Ren and Sun (2016), section 4.2: a stem of 16 channels, three stages of
    /// three basic blocks with 16, 32 and 64 channels, 0.27 million weights.
    static let resnet20 = residual("resnet20", stem: 16, stages: [(16, 3), (32, 3), (64, 3)])

    /// `resnet18` in the CIFAR form: a stem 3 x 3 with stride 1 and no max-pool, four stages of two basic blocks with
    /// 64, 128, 256 and 512 channels, 11.2 million weights.
    static let resnet18 = residual("resnet18", stem: 64, stages: [(64, 2), (128, 2), (256, 2), (512, 2)])

    /// A stem, stages of basic blocks (convolution, normalisation, ReLU, convolution, normalisation, addition, ReLU),
    /// the mean over the image, and a dense layer. The first block of each stage but the first has stride 2.
    ///
    /// Probes (Difficulty/README.md, section 2): input, the normalised stem before its ReLU, the addition that ends
    /// each block before its ReLU, softmax.
    ///
    /// Where a block changes the shape its shortcut is option B of the paper, a convolution 1 x 1 with a normalisation,
    /// in both networks. The paper's CIFAR networks pad with zeros instead (option A), to spare parameters: B adds
    /// 2,560 weights of 270,000 and needs no kind of layer of its own.
    private static func residual(_ name: String, stem: Int, stages: [(channels: Int, blocks: Int)]) -> Network {
        Network(
            name: name,
            objection: { settings in
                settings.input.objection(for: name)
                    ?? settings.options.objection(for: name, taking: ["norm", "weight_standardization"])
            },
            layers: { settings in
                var builder = ResidualBuilder(options: settings.options)
                builder.stem(channels: stem)
                for (index, stage) in stages.enumerated() {
                    for block in 0..<stage.blocks {
                        builder.block(channels: stage.channels, stride: index > 0 && block == 0 ? 2 : 1)
                    }
                }
                return builder.layers + [
                    Layer("pool", .averagePooling), Layer("logits", .dense(units: settings.classes)),
                ]
            }
        )
    }
}

/// Writes the layers of a residual network down, block by block.
private struct ResidualBuilder {
    let options: NetworkOptions
    private(set) var layers: [Layer] = []
    private var blocks = 0
    private var channels = 0

    init(options: NetworkOptions) {
        self.options = options
    }

    mutating func stem(channels: Int) {
        self.channels = channels
        layers += [
            Layer("stem.conv", options.convolution(channels)),
            Layer("stem.norm", .normalization(options.statistics(channels: channels)), isProbe: true),
            Layer("stem.relu", .relu),
        ]
    }

    /// Block `blockN`: that is the name of its addition and of its probe.
    mutating func block(channels: Int, stride: Int) {
        let input = layers[layers.count - 1].name
        blocks += 1
        let name = "block\(blocks)"
        let norm = Layer.Kind.normalization(options.statistics(channels: channels))
        var shortcut = input
        if stride != 1 || channels != self.channels {
            shortcut = "\(name).shortcut.norm"
            layers += [
                Layer("\(name).shortcut.conv", options.convolution(channels, size: 1, stride: stride)),
                Layer(shortcut, norm),
            ]
        }
        layers += [
            Layer("\(name).conv1", options.convolution(channels, stride: stride), from: input),
            Layer("\(name).norm1", norm),
            Layer("\(name).relu1", .relu),
            Layer("\(name).conv2", options.convolution(channels)),
            Layer("\(name).norm2", norm),
            Layer(name, .addition(of: shortcut), isProbe: true),
            Layer("\(name).relu2", .relu),
        ]
        self.channels = channels
    }
}
