import Recipes

extension Network {
    /// `mlp`: hidden layers of chosen sizes with ReLU between input and logits. Probes: input, each hidden layer's
    /// output, softmax.
    static let mlp = Network(
        name: "mlp",
        objection: { settings in
            let sizes = settings.options.hidden ?? MultilayerPerceptron.defaultHidden
            guard !sizes.isEmpty, sizes.count <= MultilayerPerceptron.mostLayers else {
                return Objection(
                    option: "hidden",
                    "mlp takes 1 to \(MultilayerPerceptron.mostLayers) hidden layers, not \(sizes.count)"
                )
            }
            guard sizes.allSatisfy((1...MultilayerPerceptron.mostUnits).contains) else {
                return Objection(
                    option: "hidden",
                    "a hidden layer of mlp has 1 to \(MultilayerPerceptron.mostUnits) units"
                )
            }
            return settings.options.objection(for: "mlp", taking: ["hidden"])
        },
        layers: { settings in
            let sizes = settings.options.hidden ?? MultilayerPerceptron.defaultHidden
            let hidden = sizes.enumerated().map { index, units in
                Layer("hidden\(index + 1)", .dense(units: units), relu: true, isProbe: true)
            }
            return hidden + [Layer("logits", .dense(units: settings.classes))]
        }
    )
}

extension Network {
    /// `linear`: logits straight from the input, which is multinomial regression. Probes: input, softmax.
    static let linear = Network(
        name: "linear",
        objection: { $0.options.objection(for: "linear", taking: []) },
        layers: { [Layer("logits", .dense(units: $0.classes))] }
    )
}

private enum MultilayerPerceptron {
    static let defaultHidden = [512, 256]
    static let mostLayers = 16
    static let mostUnits = 8192
}
