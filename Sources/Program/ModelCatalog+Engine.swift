import Compute
import EnsembleKind
import Recipes
import Training

extension ModelCatalog {
    /// The networks that the engine can train.
    static var trainable: ModelCatalog {
        ModelCatalog(
            entries: Networks.all.map { network in
                Entry(
                    name: network.name,
                    objection: { settings, shape, classes in
                        network.objection(
                            NetworkSettings(
                                input: InputShape(shape),
                                classes: classes,
                                options: settings.options
                            )
                        )
                        .map { Objection(field: $0.option, detail: $0.description) }
                    },
                    probeNames: { settings in
                        // The names do not depend on the size of the input.
                        network.probeNames(
                            NetworkSettings(
                                input: ["mlp", "linear"].contains(settings.name)
                                    ? .features(1) : .image(height: 32, width: 32, channels: 1),
                                classes: 2,
                                options: settings.options
                            )
                        )
                    }
                )
            },
            engine: EngineIdentity(
                version: "\(Version.engine)/onednn-\(Engine.libraryVersion)",
                instructionSet: Engine.instructionSet
            ),
            precisions: Precision.allCases.filter(\.isNative)
        )
    }
}

extension InputShape {
    /// H, W, C of an image or D of a row of features.
    init(_ shape: [Int]) {
        self =
            shape.count == 3
            ? .image(height: shape[0], width: shape[1], channels: shape[2]) : .features(shape.first ?? 0)
    }
}
