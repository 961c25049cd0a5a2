import Recipes

extension Network {
    /// `vgg16`: configuration D of Simonyan and Zisserman (2015) in the form used for small images: 13 convolutions
    /// 3 x 3 with 64, 64, M, 128, 128, M, 256 x 3, M, 512 x 3, M, 512 x 3, M channels (M: max-pool 2 x 2), then one
    /// dense layer to C. 14.7 million weights at 32 x 32.
    ///
    /// A pool is left out where the smaller side has no two pixels left: 32 pixels and more have all five, 16 four and
    /// 8 three. Of 64 x 64 pixels 2 x 2 are left at the end, which the dense layer takes as they are.
    ///
    /// Each convolution is followed by a normalisation: thirteen plain ones in a row lose the signal with the uniform
    /// initialisation used here, and do not begin to learn. Probes (Difficulty/README.md, section 2): input, the output
    /// of each convolution, normalised, before its ReLU, softmax.
    static let vgg16 = Network(
        name: "vgg16",
        objection: { settings in
            settings.input.objection(for: "vgg16")
                ?? settings.options.objection(for: "vgg16", taking: ["norm", "weight_standardization"])
        },
        layers: { settings in
            let options = settings.options
            var layers: [Layer] = []
            var side = settings.input.dimensions.dropFirst().min() ?? 0
            var number = 0
            for (stage, (channels, convolutions)) in VGG16.stages.enumerated() {
                for _ in 0..<convolutions {
                    number += 1
                    layers += [
                        Layer("conv\(number)", options.convolution(channels)),
                        Layer(
                            "conv\(number).norm",
                            .normalization(options.statistics(channels: channels)),
                            isProbe: true
                        ),
                        Layer("conv\(number).relu", .relu),
                    ]
                }
                guard side >= 2 else { continue }
                layers.append(Layer("pool\(stage + 1)", .maxPooling(size: 2)))
                side /= 2
            }
            return layers + [Layer("logits", .dense(units: settings.classes))]
        }
    )
}

private enum VGG16 {
    static let stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
}
