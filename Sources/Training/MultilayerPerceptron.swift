extension Network {
    /// `mlp`: hidden layers of chosen sizes with ReLU between input and logits. Probes: input, each hidden layer's
    /// output, softmax.
    static let mlp = Network(
        name: "mlp",
        objection: { settings in
            let sizes = settings.hidden ?? MultilayerPerceptron.defaultHidden
            guard !sizes.isEmpty, sizes.count <= MultilayerPerceptron.mostLayers else {
                return "mlp takes 1 to \(MultilayerPerceptron.mostLayers) hidden layers"
            }
            guard sizes.allSatisfy((1...MultilayerPerceptron.mostUnits).contains) else {
                return "a hidden layer of mlp has 1 to \(MultilayerPerceptron.mostUnits) units"
            }
            return nil
        },
        layers: { settings in
            let hidden = (settings.hidden ?? MultilayerPerceptron.defaultHidden).enumerated().map { index, units in
                Layer("hidden\(index + 1)", .dense(units: units), relu: true, isProbe: true)
            }
            return hidden + [Layer("logits", .dense(units: settings.classes))]
        }
    )
}

private enum MultilayerPerceptron {
    static let defaultHidden = [512, 256]
    static let mostLayers = 16
    static let mostUnits = 8192
}
