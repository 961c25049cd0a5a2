import Compute

/// One weight or bias: its values, the gradient of the last step and the momentum, all in the same memory order.
final class Parameter {
    let name: String
    let values: Tensor
    let gradient: Tensor
    let momentum: Tensor
    /// How it begins.
    let start: Start

    enum Start {
        /// Uniform in +-1 / sqrt(fan-in), the number of inputs that one output of the layer sums over.
        case uniform(fanIn: Int)
        case constant(Float)
    }

    init(_ name: String, values: Tensor, gradient: Tensor, momentum: Tensor, start: Start) {
        self.name = name
        self.values = values
        self.gradient = gradient
        self.momentum = momentum
        self.start = start
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
        /// Nil for a convolution without one.
        let bias: Parameter?
        /// The weights in the form of the way forward (the master itself where layouts agree).
        let forwardWeight: Tensor
        /// The weights in the form of the way back; nil for the first layer.
        let backwardWeight: Tensor?
        /// Where the stage leaves the gradient of the weights that it reads.
        let weightGradient: Tensor
        /// Averages that a batch normalisation keeps; not trained.
        let running: Normalization.Running?
    }

    /// All that is trained: weight before bias, from the first layer to the last.
    let all: [Parameter]
    /// Running averages by name, from the first layer to the last.
    let running: [(name: String, values: Tensor)]
    private let stages: [String: OfStage]
    private let arena: Arena
    private let valuesRegion: Arena.Region
    private let gradientsRegion: Arena.Region
    private let momentaRegion: Arena.Region
    private let copies: [Copy]
    private let settlements: [Settlement]

    /// How a form of weights follows from the master, in the order in which they are made.
    private enum Copy {
        case standardize(WeightStandardization, master: Tensor, standardized: Tensor, deviations: Tensor)
        case reorder(Primitive)
        case winograd(master: Tensor, forward: Tensor, backward: Tensor)
    }

    /// How the gradient of a standardised weight follows from what the stage left.
    private struct Settlement {
        let standardization: WeightStandardization
        /// Nil where the stage leaves it in the order of the master.
        let reorder: Primitive?
        let standardized: Tensor
        let deviations: Tensor
        let gradient: Tensor
    }

    init(_ engine: Engine, arena: Arena, blueprint: Blueprint) throws {
        let weighted = zip(blueprint.names, blueprint.stages).compactMap { name, stage in
            stage.weights.map { (name: name, forms: $0) }
        }
        var layouts: [Layout] = []
        for (_, forms) in weighted {
            layouts.append(forms.master)
            if forms.hasBias { layouts.append(try .rowMajor([forms.master.dimensions[0]])) }
        }
        let values = arena.reserve(layouts)
        let gradients = arena.reserve(layouts)
        let momenta = arena.reserve(layouts)
        self.arena = arena
        self.valuesRegion = values.all
        self.gradientsRegion = gradients.all
        self.momentaRegion = momenta.all

        var all: [Parameter] = []
        var running: [(name: String, values: Tensor)] = []
        var stages: [String: OfStage] = [:]
        var copies: [Copy] = []
        var settlements: [Settlement] = []
        func parameter(_ name: String, start: Parameter.Start) throws -> Parameter {
            let place = all.count
            let parameter = Parameter(
                name,
                values: try arena.tensor(layouts[place], in: values.each[place]),
                gradient: try arena.tensor(layouts[place], in: gradients.each[place]),
                momentum: try arena.tensor(layouts[place], in: momenta.each[place]),
                start: start
            )
            all.append(parameter)
            return parameter
        }
        func copy(of master: Tensor, in layout: Layout) throws -> Tensor {
            guard layout != master.layout else { return master }
            let copy = try arena.tensor(layout)
            let reorder = try Reorder.operation(engine, from: master.layout, to: layout)
            copies.append(.reorder(try Primitive(reorder, [.source: master, .destination: copy])))
            return copy
        }
        /// The weights that the stage reads in place of the master, and where it leaves their gradient.
        func standardize(_ weight: Parameter, _ forms: WeightForms) throws -> (values: Tensor, gradient: Tensor) {
            let standardization = WeightStandardization(weights: forms.master.dimensions)
            let standardized = try arena.tensor(forms.master)
            let deviations = try arena.tensor(.rowMajor([forms.master.dimensions[0]]))
            copies.append(
                .standardize(
                    standardization,
                    master: weight.values,
                    standardized: standardized,
                    deviations: deviations
                )
            )
            let gradient = forms.gradient == forms.master ? weight.gradient : try arena.tensor(forms.gradient)
            let reorder =
                gradient === weight.gradient
                ? nil
                : try Primitive(
                    Reorder.operation(engine, from: forms.gradient, to: forms.master),
                    [.source: gradient, .destination: weight.gradient]
                )
            settlements.append(
                Settlement(
                    standardization: standardization,
                    reorder: reorder,
                    standardized: standardized,
                    deviations: deviations,
                    gradient: weight.gradient
                )
            )
            return (standardized, gradient)
        }
        for (name, forms) in weighted {
            let fanIn = forms.master.dimensions.dropFirst().reduce(1, *)
            let weight = try parameter("\(name).weight", start: forms.isScale ? .constant(1) : .uniform(fanIn: fanIn))
            let bias =
                forms.hasBias
                ? try parameter("\(name).bias", start: forms.isScale ? .constant(0) : .uniform(fanIn: fanIn)) : nil
            let read =
                forms.isStandardized
                ? try standardize(weight, forms) : (values: weight.values, gradient: weight.gradient)
            let forward: Tensor
            let backward: Tensor?
            switch forms.copies {
            case .reordered(let forwardLayout, let backwardLayout):
                forward = try copy(of: read.values, in: forwardLayout)
                backward = try backwardLayout.map { try copy(of: read.values, in: $0) }
            case .winograd:
                let layout = try Layout.rowMajor(WinogradConvolution.transformed(forms.master.dimensions))
                let tensors = (try arena.tensor(layout), try arena.tensor(layout))
                copies.append(.winograd(master: read.values, forward: tensors.0, backward: tensors.1))
                (forward, backward) = tensors
            case .none: (forward, backward) = (read.values, nil)
            }
            var averages: Normalization.Running?
            if forms.hasRunningStatistics {
                let (mean, variance) = (try arena.tensor(forms.master), try arena.tensor(forms.master))
                running += [("\(name).running_mean", mean), ("\(name).running_var", variance)]
                averages = Normalization.Running(mean: mean, variance: variance)
            }
            stages[name] = OfStage(
                weight: weight,
                bias: bias,
                forwardWeight: forward,
                backwardWeight: backward,
                weightGradient: read.gradient,
                running: averages
            )
        }
        self.all = all
        self.running = running
        self.stages = stages
        self.copies = copies
        self.settlements = settlements
    }

    /// Those of the stage whose first layer has that name; nil where it has none.
    func ofStage(_ name: String) -> OfStage? { stages[name] }

    /// All float tensors that training carries from one step to the next, by name: what a checkpoint must hold.
    var state: [(name: String, values: Tensor)] {
        all.flatMap { [($0.name, $0.values), ("\($0.name).momentum", $0.momentum)] } + running
    }

    /// Draws all parameters as PyTorch initialises `Conv2d` and `Linear`: weights Kaiming-uniform with a = sqrt(5)
    /// (He et al. 2015), which is uniform in +-1 / sqrt(fan-in), and biases uniform in the same bounds. Normalisations
    /// begin with scale 1 and shift 0, running means 0 and running variances 1.
    ///
    /// Parameter i (weight before bias, from the first layer) draws from stream (seed, initialisation, i) in row-major
    /// order, so that values depend neither on layouts nor on other parameters.
    func initialise(seed: UInt64) throws {
        for (index, parameter) in all.enumerated() {
            let count = parameter.values.layout.elementCount
            switch parameter.start {
            case .constant(let value): try parameter.values.assign(rowMajor: Array(repeating: value, count: count))
            case .uniform(let fanIn):
                var random = CounterRandom(seed: seed, purpose: .initialisation, step: UInt32(index))
                let bound = 1 / Float(fanIn).squareRoot()
                try parameter.values.assign(rowMajor: (0..<count).map { _ in (2 * random.nextUnitFloat() - 1) * bound })
            }
        }
        for stage in stages.values {
            stage.running?.mean.floats.update(repeating: 0)
            stage.running?.variance.floats.update(repeating: 1)
        }
        try publish()
    }

    /// Copies the master weights into the forms that the stages read.
    func publish() throws {
        for copy in copies {
            switch copy {
            case .standardize(let standardization, let master, let standardized, let deviations):
                standardization.forward(weights: master, standardized: standardized, deviations: deviations)
            case .reorder(let primitive): try primitive.run()
            case .winograd(let master, let forward, let backward):
                WinogradConvolution.transform(master, forward: forward, backward: backward)
            }
        }
    }

    /// Turns the gradients that the stages left into those of the master weights.
    func settleGradients() throws {
        for settlement in settlements {
            try settlement.reorder?.run()
            settlement.standardization.backward(
                standardized: settlement.standardized,
                deviations: settlement.deviations,
                gradient: settlement.gradient
            )
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
