import Compute
import Recipes

/// The operations of a network for one batch size, before any memory is given out.
///
/// The first blueprint of a model picks every layout and thereby fixes the layouts of the weights; those for other
/// batch sizes are made to fit, so that all of them share one set of weights.
struct Blueprint {
    let batch: Int
    let training: Bool
    let stages: [any Stage]
    /// The stage that computes each layer.
    let stageOfLayer: [Int]
    /// Name of the first layer of each stage: that of its parameters.
    let names: [String]

    /// - Parameter fixed: forms of the weights by name, from the first blueprint; nil to choose them.
    init(
        _ engine: Engine,
        graph: LayerGraph,
        batch: Int,
        training: Bool,
        elements: Elements,
        fixed: [String: WeightForms]? = nil
    ) throws {
        var stages: [any Stage] = []
        var stageOfLayer: [Int] = []
        while stageOfLayer.count < graph.layers.count {
            let first = stageOfLayer.count
            let request = StageRequest(
                engine: engine,
                graph: graph,
                first: first,
                batch: batch,
                sources: graph.sources[first].map { $0 < 0 ? nil : stages[stageOfLayer[$0]].output },
                training: training,
                elements: elements,
                fixed: fixed?[graph.layers[first].name]
            )
            let stage = try request.stage()
            stageOfLayer += stage.layers.map { _ in stages.count }
            stages.append(stage)
        }
        self.batch = batch
        self.training = training
        self.stages = stages
        self.stageOfLayer = stageOfLayer
        names = stages.map { graph.layers[$0.layers.lowerBound].name }
    }

    /// The forms in which the stages want their weights, by name.
    var forms: [String: WeightForms] {
        let named = zip(names, stages).compactMap { name, stage in stage.weights.map { (name, $0) } }
        return Dictionary(uniqueKeysWithValues: named)
    }

    /// Scratch memory that the hungriest stage takes.
    var scratchBytes: Int { stages.map(\.scratchBytes).max() ?? 0 }
}

/// One layer, or a few that are computed at once: what it takes, what it gives, and how it is bound to memory.
protocol Stage {
    /// The layers it computes.
    var layers: Range<Int> { get }
    /// The layers whose outputs it reads, -1 for the input of the network.
    var sources: [Int] { get }
    /// Of the first of them.
    var input: Layout { get }
    /// Of the last of its layers.
    var output: Layout { get }
    /// Forms of its weights, where it trains any.
    var weights: WeightForms? { get }
    var scratchBytes: Int { get }
    /// Whether the gradient of the first source may be written where that of the output lies.
    var worksInPlace: Bool { get }
    /// Whether gradients of sources can be added to what others have left in their places.
    var addsGradients: Bool { get }

    /// Binds the stage to its memory. Operations are compiled here; addresses follow when the arena is allocated.
    func compile(_ memory: StageMemory) throws -> any CompiledStage
}

extension Stage {
    var weights: WeightForms? { nil }
    var scratchBytes: Int { 0 }
    var worksInPlace: Bool { false }
    var addsGradients: Bool { false }
}

/// In which forms the weights of one stage are kept.
struct WeightForms {
    enum Copies {
        /// In the layouts that the forward operation and the source gradient read; the latter nil for a first layer.
        case reordered(forward: Layout, backward: Layout?)
        /// As Winograd's algorithm reads them.
        case winograd
        /// None: the master is read itself.
        case none
    }

    /// Master weights and momentum lie in this order.
    var master: Layout
    /// The order in which the stage leaves the weights gradient; that of the master unless weights are standardised.
    var gradient: Layout
    var copies: Copies
    var hasBias = true
    /// Whether the stage reads standardised weights; the master is then row-major.
    var isStandardized = false
    /// Scale and shift of a normalisation: begin as ones and zeros.
    var isScale = false
    var hasRunningStatistics = false
}

/// The tensors among which a stage works.
struct StageMemory {
    /// Where the gradient of a source goes.
    struct Target {
        let tensor: Tensor
        /// Whether it is to be added to what others have left there.
        let adds: Bool
    }

    let arena: Arena
    /// By source.
    let inputs: [Tensor]
    let output: Tensor
    /// Nil in a plan for inference.
    let outputGradient: Tensor?
    /// By source; nil in a plan for inference, and where nobody needs it: for the input of the network.
    let inputGradients: [Target?]
    let parameters: Parameters.OfStage?
    let scratch: Arena.Region

    var input: Tensor { inputs[0] }
    var inputGradient: Tensor? { inputGradients[0]?.tensor }
}

/// A stage bound to its memory.
protocol CompiledStage: AnyObject {
    func forward() throws
    /// Reads the gradient of the output; leaves those of the parameters and of the sources.
    func backward() throws
}

/// In what elements a network is computed, and whose convolutions those of float32 are.
struct Elements {
    let precision: Precision
    let convolution: ConvolutionImplementation

    init(_ precision: Precision, _ convolution: ConvolutionImplementation) {
        self.precision = precision
        self.convolution = convolution
    }
}

/// Chooses how the next layer, or layers, are computed.
struct StageRequest {
    let engine: Engine
    let graph: LayerGraph
    /// The first layer that is not computed yet.
    let first: Int
    let batch: Int
    /// Layouts of what it reads; nil for the input of the network, which may have any.
    let sources: [Layout?]
    let training: Bool
    let elements: Elements
    let fixed: WeightForms?

    func stage() throws -> any Stage {
        if let stage = try WinogradStage(self) { return stage }
        if let stage = try FirstConvolutionStage(self) { return stage }
        if let stage = try NormalizationStage(self) { return stage }
        if let stage = try ElementwiseStage(self) { return stage }
        if let stage = try AveragePoolingStage(self) { return stage }
        return try LibraryStage(self)
    }

    /// Of activations, of their gradients and of the weights that operations read.
    var precision: Precision { elements.precision }

    var layer: Layer { graph.layers[first] }

    /// Layout of the output below; nil for the input of the network.
    var below: Layout? { sources[0] }

    /// N x ..., row-major dimensions of what the layer reads.
    var input: [Int] { [batch] + graph.input(of: first) }

    /// The layers after `layer` that are computed with it: the addition that ends a residual block, perhaps, and a
    /// ReLU, as far as nobody looks in between.
    func tail(after layer: Int) -> (last: Int, skip: Int?, relu: Bool) {
        var last = layer
        var skip: Int?
        if graph.isSwallowed(last, training: training), case .addition = graph.layers[last + 1].kind {
            last += 1
            skip = graph.sources[last][1]
        }
        guard graph.isSwallowed(last, training: training), graph.layers[last + 1].kind == .relu else {
            return (last, skip, false)
        }
        return (last + 1, skip, true)
    }

    /// The layout below where it is the blocked one that own kernels read.
    func blocked() throws -> Layout {
        let layout = try Layout.blockedChannels(input, precision)
        guard below == layout else {
            throw ComputeError.layoutMismatch(operation: layer.name, argument: "source")
        }
        return layout
    }
}
