import Compute

/// One weight or bias: its values, the gradient of the last step and the momentum, all in the same memory order.
final class Parameter {
    let name: String
    let values: Tensor
    let gradient: Tensor
    /// Number of inputs that one output of the layer sums over.
    let fanIn: Int

    init(_ name: String, values: Tensor, gradient: Tensor, fanIn: Int) {
        self.name = name
        self.values = values
        self.gradient = gradient
        self.fanIn = fanIn
    }
}

/// All parameters of a model.
///
/// Master values, gradients and momenta are three runs of memory in the layouts in which gradients come, so that SGD
/// is one pass over them; afterwards each weight is copied once into the layout that the forward operation reads, and
/// once into that of the source gradient, where these differ.
final class Parameters {
    /// The tensors of one layer with weights.
    struct OfLayer {
        let weight: Parameter
        let bias: Parameter
        /// The weights in the layout of the forward operation (the master itself where layouts agree).
        let forwardWeight: Tensor
        /// The weights in the layout of the source gradient; nil for the first layer.
        let backwardWeight: Tensor?
    }

    /// By layer; nil for layers without weights.
    let layers: [OfLayer?]
    private let arena: Arena
    private let valuesRegion: Arena.Region
    private let gradientsRegion: Arena.Region
    private let momentaRegion: Arena.Region
    private let copies: [Primitive]

    var all: [Parameter] { layers.compactMap { $0 }.flatMap { [$0.weight, $0.bias] } }

    init(_ engine: Engine, arena: Arena, blueprint: Blueprint) throws {
        var layouts: [Layout] = []
        for stage in blueprint.stages {
            guard let weights = stage.weightLayouts else { continue }
            layouts += [weights.gradient, try .rowMajor([weights.gradient.dimensions[0]])]
        }
        let values = arena.reserve(layouts)
        let gradients = arena.reserve(layouts)
        let momenta = arena.reserve(layouts)

        var layers: [OfLayer?] = []
        var copies: [Primitive] = []
        var next = 0
        func parameter(_ name: String, fanIn: Int) throws -> Parameter {
            defer { next += 1 }
            return Parameter(
                name,
                values: try arena.tensor(layouts[next], in: values.each[next]),
                gradient: try arena.tensor(layouts[next], in: gradients.each[next]),
                fanIn: fanIn
            )
        }
        func copy(of master: Tensor, in layout: Layout) throws -> Tensor {
            guard layout != master.layout else { return master }
            let copy = try arena.tensor(layout)
            copies.append(
                try Primitive(
                    Reorder.operation(engine, from: master.layout, to: layout),
                    [.source: master, .destination: copy]
                )
            )
            return copy
        }
        self.arena = arena
        self.valuesRegion = values.all
        self.gradientsRegion = gradients.all
        self.momentaRegion = momenta.all
        for stage in blueprint.stages {
            guard let weights = stage.weightLayouts else {
                layers.append(nil)
                continue
            }
            let fanIn = weights.gradient.dimensions.dropFirst().reduce(1, *)
            let weight = try parameter("\(stage.layer.name).weight", fanIn: fanIn)
            let bias = try parameter("\(stage.layer.name).bias", fanIn: fanIn)
            layers.append(
                OfLayer(
                    weight: weight,
                    bias: bias,
                    forwardWeight: try copy(of: weight.values, in: weights.forward),
                    backwardWeight: try weights.backward.map { try copy(of: weight.values, in: $0) }
                )
            )
        }
        self.layers = layers
        self.copies = copies
    }

    /// Draws all parameters as PyTorch initialises `Conv2d` and `Linear`: weights Kaiming-uniform with a = sqrt(5)
    /// (He et al. 2015), which is uniform in +-1 / sqrt(fan-in), and biases uniform in the same bounds.
    ///
    /// Parameter i (weight before bias, from the first layer) draws from stream (seed, initialisation, i) in row-major
    /// order, so that values depend neither on layouts nor on other parameters.
    func initialise(seed: UInt64) throws {
        for (index, parameter) in all.enumerated() {
            var random = CounterRandom(seed: seed, purpose: .initialisation, step: UInt32(index))
            let bound = 1 / Float(parameter.fanIn).squareRoot()
            let values = (0..<parameter.values.layout.elementCount).map { _ in
                (2 * random.nextUnitFloat() - 1) * bound
            }
            try parameter.values.assign(rowMajor: values)
        }
        try publish()
    }

    /// Copies the master weights into the layouts that the operations read.
    func publish() throws {
        for copy in copies { try copy.run() }
    }

    /// One step of stochastic gradient descent with momentum, in PyTorch's form:
    /// g += weightDecay * w; v = momentum * v + g; w -= learningRate * v.
    func descend(learningRate: Float, momentum: Float, weightDecay: Float) throws {
        let values = arena.vectors(in: valuesRegion)
        let gradients = arena.vectors(in: gradientsRegion)
        let momenta = arena.vectors(in: momentaRegion)
        for index in values.indices {
            let value = values[index]
            let velocity = momentum * momenta[index] + (gradients[index] + weightDecay * value)
            momenta[index] = velocity
            values[index] = value - learningRate * velocity
        }
        try publish()
    }
}
