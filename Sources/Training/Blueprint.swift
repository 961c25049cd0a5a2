import Compute

/// The operations of a network for one batch size, before any memory is given out.
///
/// The first blueprint of a model picks every layout and thereby fixes the layouts of the weights; those for other
/// batch sizes are made to fit, so that all of them share one set of weights.
struct Blueprint {
    let batch: Int
    let training: Bool
    let stages: [any Stage]
    /// Scratch memory that the hungriest stage takes.
    let scratchBytes: Int

    /// - Parameter fixed: forms of the weights by stage, from the first blueprint; nil to choose them.
    init(
        _ engine: Engine,
        layers: [Layer],
        input: [Int],
        batch: Int,
        training: Bool,
        fixed: [WeightForms?]? = nil
    ) throws {
        var stages: [any Stage] = []
        var shape = input
        var next = 0
        while next < layers.count {
            let request = StageRequest(
                engine: engine,
                layers: layers,
                first: next,
                input: [batch] + shape,
                below: stages.last?.output,
                training: training,
                fixed: fixed?[stages.count]
            )
            let stage = try request.stage()
            for layer in layers[stage.layers] { shape = layer.output(of: shape) }
            next = stage.layers.upperBound
            stages.append(stage)
        }
        self.batch = batch
        self.training = training
        self.stages = stages
        self.scratchBytes = stages.map(\.scratchBytes).max() ?? 0
    }
}

/// One layer, or a few that are computed at once: what it takes, what it gives, and how it is bound to memory.
protocol Stage {
    /// The layers it computes.
    var layers: Range<Int> { get }
    var input: Layout { get }
    /// Of the last of its layers.
    var output: Layout { get }
    /// Name and forms of its weights; nil without any.
    var weights: (name: String, forms: WeightForms)? { get }
    var scratchBytes: Int { get }

    /// Binds the stage to its memory. Operations are compiled here; addresses follow when the arena is allocated.
    func compile(_ memory: StageMemory) throws -> any CompiledStage
}

/// In which forms the weights of one stage are kept.
struct WeightForms {
    enum Copies {
        /// In the layouts that the forward operation and the source gradient read; the latter nil for a first layer.
        case reordered(forward: Layout, backward: Layout?)
        /// As Winograd's algorithm reads them.
        case winograd
    }

    /// As the weights gradient is left: master weights and momentum lie in the same order.
    var master: Layout
    var copies: Copies
}

/// The tensors among which a stage works.
struct StageMemory {
    let arena: Arena
    let input: Tensor
    let output: Tensor
    /// Nil in a plan for inference.
    let outputGradient: Tensor?
    /// Nil in a plan for inference, and where nobody needs it: for the first layer.
    let inputGradient: Tensor?
    let parameters: Parameters.OfStage?
    let scratch: Arena.Region
}

/// A stage bound to its memory.
protocol CompiledStage: AnyObject {
    func forward() throws
    /// Reads the gradient of the output; leaves those of the parameters and of the input.
    func backward() throws
}

/// Chooses how the next layer, or layers, are computed.
struct StageRequest {
    let engine: Engine
    let layers: [Layer]
    /// The first layer that is not computed yet.
    let first: Int
    /// N x ..., row-major dimensions.
    let input: [Int]
    /// Layout of the output below; nil for the first layer, whose input may have any.
    let below: Layout?
    let training: Bool
    let fixed: WeightForms?

    func stage() throws -> any Stage {
        if let stage = try WinogradStage(self) { return stage }
        if let stage = try FirstConvolutionStage(self) { return stage }
        return try LibraryStage(self)
    }
}
