import Compute

/// One weight or bias: its values, the gradient of the last step and the momentum, all in the same memory order.
final class Parameter {
    let name: String
    let values: Tensor
    let gradient: Tensor
    let momentum: Tensor
    /// Number of inputs that one output of the layer sums over.
    let fanIn: Int

    init(_ name: String, values: Tensor, gradient: Tensor, momentum: Tensor, fanIn: Int) {
        self.name = name
        self.values = values
        self.gradient = gradient
        self.momentum = momentum
        self.fanIn = fanIn
    }
}

/// All parameters of a model.
///
/// Master values, gradients and momenta are three runs of memory in the layouts in which gradients come, so that SGD
/// is one pass over them; afterwards each weight is copied once into the form that the way forward reads, and once
/// into that of the way back, where these differ.
final class Parameters {
    /// The tensors of one stage with weights.
    struct OfStage {
        let weight: Parameter
        let bias: Parameter
        /// The weights in the form of the way forward (the master itself where layouts agree).
        let forwardWeight: Tensor
        /// The weights in the form of the way back; nil for the first layer.
        let backwardWeight: Tensor?
    }

    /// By stage; nil for stages without weights.
    let stages: [OfStage?]
    private let arena: Arena
    private let valuesRegion: Arena.Region
    private let gradientsRegion: Arena.Region
    private let momentaRegion: Arena.Region
    private let copies: [Copy]

    /// How a form of weights follows from the master.
    private enum Copy {
        case reorder(Primitive)
        case winograd(master: Tensor, forward: Tensor, backward: Tensor)
    }

    var all: [Parameter] { stages.compactMap { $0 }.flatMap { [$0.weight, $0.bias] } }

    init(_ engine: Engine, arena: Arena, blueprint: Blueprint) throws {
        var layouts: [Layout] = []
        for weights in blueprint.stages.compactMap({ $0.weights }) {
            layouts += [weights.forms.master, try .rowMajor([weights.forms.master.dimensions[0]])]
        }
        let values = arena.reserve(layouts)
        let gradients = arena.reserve(layouts)
        let momenta = arena.reserve(layouts)
        self.arena = arena
        self.valuesRegion = values.all
        self.gradientsRegion = gradients.all
        self.momentaRegion = momenta.all

        var copies: [Copy] = []
        var next = 0
        func parameter(_ name: String, fanIn: Int) throws -> Parameter {
            defer { next += 1 }
            return Parameter(
                name,
                values: try arena.tensor(layouts[next], in: values.each[next]),
                gradient: try arena.tensor(layouts[next], in: gradients.each[next]),
                momentum: try arena.tensor(layouts[next], in: momenta.each[next]),
                fanIn: fanIn
            )
        }
        func copy(of master: Tensor, in layout: Layout) throws -> Tensor {
            guard layout != master.layout else { return master }
            let copy = try arena.tensor(layout)
            let reorder = try Reorder.operation(engine, from: master.layout, to: layout)
            copies.append(.reorder(try Primitive(reorder, [.source: master, .destination: copy])))
            return copy
        }
        stages = try blueprint.stages.map { stage in
            guard let (name, forms) = stage.weights else { return nil }
            let fanIn = forms.master.dimensions.dropFirst().reduce(1, *)
            let weight = try parameter("\(name).weight", fanIn: fanIn)
            let bias = try parameter("\(name).bias", fanIn: fanIn)
            let forward: Tensor
            let backward: Tensor?
            switch forms.copies {
            case .reordered(let forwardLayout, let backwardLayout):
                forward = try copy(of: weight.values, in: forwardLayout)
                backward = try backwardLayout.map { try copy(of: weight.values, in: $0) }
            case .winograd:
                let layout = try Layout.rowMajor(WinogradConvolution.transformed(forms.master.dimensions))
                let tensors = (try arena.tensor(layout), try arena.tensor(layout))
                copies.append(.winograd(master: weight.values, forward: tensors.0, backward: tensors.1))
                (forward, backward) = tensors
            }
            return OfStage(weight: weight, bias: bias, forwardWeight: forward, backwardWeight: backward)
        }
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

    /// Copies the master weights into the forms that the stages read.
    func publish() throws {
        for copy in copies {
            switch copy {
            case .reorder(let primitive): try primitive.run()
            case .winograd(let master, let forward, let backward):
                WinogradConvolution.transform(master, forward: forward, backward: backward)
            }
        }
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
