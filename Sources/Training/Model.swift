import Compute
import Recipes

/// A network with its parameters, compiled for the batch sizes of one training run.
///
/// All memory is one arena; the plans for full batches, for the tail batch and for inference never run at the same
/// time and share their part of it.
public final class Model {
    /// The layers, input to logits.
    public let layers: [Layer]
    /// Number of classes C.
    public let classes: Int
    /// Names of the probes, in order.
    public let probeNames: [String]
    /// Width D of each probe's flattened activation.
    public let probeWidths: [Int]
    /// What the numbers of each probe's activation are as they are computed.
    public let probePrecisions: [Precision]

    let parameters: Parameters
    /// Multiplications of a forward pass over one example.
    public let multiplicationsPerExample: Int
    let inputShape: InputShape
    let trainingPlans: [Plan]
    private let inferencePlan: Plan
    /// One for each probed layer: from its output to row-major order.
    private let probes: [Probe]
    private let arena: Arena

    private struct Probe {
        let layer: Int
        let plain: Tensor
        let copy: Primitive?
    }

    /// Compiles and initialises.
    ///
    /// - Parameters:
    ///   - precision: of activations, of their gradients and of the weights that operations read.
    ///   - convolution: whose convolutions compute it in float32.
    ///   - trainingBatches: the batch sizes that will be trained with, the most frequent one first.
    ///   - inferenceBatch: rows evaluated at a time.
    ///   - seed: draws the initial parameters.
    public init(
        _ engine: Engine,
        network: Network,
        settings: NetworkSettings,
        precision: Precision = .f32,
        convolution: ConvolutionImplementation = .own,
        trainingBatches: [Int],
        inferenceBatch: Int,
        seed: UInt64
    ) throws {
        if let objection = network.objection(settings) { throw TrainingError.unsuitable(objection.description) }
        let layers = network.layers(settings)
        guard precision.isNative else {
            throw TrainingError.unsuitable("this processor does not compute in \(precision.rawValue)")
        }
        guard let mainBatch = trainingBatches.first else { throw TrainingError.unsuitable("no batch size is given") }

        let graph = try LayerGraph(layers, input: settings.input.dimensions)
        let elements = Elements(precision, convolution)
        let main = try Blueprint(engine, graph: graph, batch: mainBatch, training: true, elements: elements)
        let fixed = main.forms
        let others = try trainingBatches.dropFirst().map {
            try Blueprint(engine, graph: graph, batch: $0, training: true, elements: elements, fixed: fixed)
        }
        let inference = try Blueprint(
            engine,
            graph: graph,
            batch: inferenceBatch,
            training: false,
            elements: elements,
            fixed: fixed
        )

        let arena = Arena(engine: engine)
        let parameters = try Parameters(engine, arena: arena, blueprint: main)
        let mark = arena.mark
        self.trainingPlans = try ([main] + others).map { blueprint in
            arena.rewind(to: mark)
            return try Plan(engine, blueprint: blueprint, parameters: parameters, arena: arena)
        }
        arena.rewind(to: mark)
        let inferencePlan = try Plan(engine, blueprint: inference, parameters: parameters, arena: arena)
        // Probes are read one at a time: their copies share a place.
        let probed = layers.indices.filter { layers[$0].isProbe }.map { ($0, inferencePlan.output(of: $0)) }
        let plainLayouts = try probed.map { try Layout.rowMajor($1.layout.dimensions, $1.layout.precision) }
        let place = arena.reserve(byteCount: plainLayouts.map(\.byteCount).max() ?? 0)
        self.probes = try zip(probed, plainLayouts).map { probe, plain in
            let (index, output) = probe
            guard plain != output.layout else { return Probe(layer: index, plain: output, copy: nil) }
            let tensor = try arena.tensor(plain, in: place)
            let reorder = try Reorder.operation(engine, from: output.layout, to: plain)
            return Probe(
                layer: index,
                plain: tensor,
                copy: try Primitive(reorder, [.source: output, .destination: tensor])
            )
        }
        try arena.allocate()
        try parameters.initialise(seed: seed)

        self.arena = arena
        self.parameters = parameters
        self.inferencePlan = inferencePlan
        self.layers = layers
        self.classes = settings.classes
        self.multiplicationsPerExample = graph.multiplicationsPerExample
        self.inputShape = settings.input
        self.probeNames = network.probeNames(settings)
        self.probeWidths =
            [settings.input.count] + probes.map { $0.plain.layout.elementCount / inferenceBatch } + [settings.classes]
        self.probePrecisions = [.f32] + probes.map(\.plain.layout.precision) + [.f32]
    }

    /// Bytes of parameters, activations, gradients and scratch memory together.
    public var byteCount: Int { arena.byteCount }

    /// Rows that `infer` and `embed` take at a time.
    public var inferenceBatch: Int { inferencePlan.batch }

    // MARK: Training

    /// Forward and backward over `rows` (as many as one of the training batches), then one step of SGD.
    ///
    /// - Parameters:
    ///   - labelSmoothing: share of the target that is spread over all classes; changes the gradient only.
    ///   - observe: called for each row, with its place in `rows` and what the forward pass says about it, before the
    ///     update.
    /// - Returns: the mean loss over the rows.
    @discardableResult
    public func step(
        _ examples: some Examples,
        rows: ArraySlice<Int>,
        labels: [Int],
        rate: Float,
        momentum: Float,
        weightDecay: Float,
        labelSmoothing: Float = 0,
        observe: (Int, LogitRow) -> Void = { _, _ in }
    ) throws -> Float {
        let loss = try gradients(examples, rows: rows, labels: labels, labelSmoothing: labelSmoothing, observe: observe)
        try parameters.descend(learningRate: rate, momentum: momentum, weightDecay: weightDecay)
        return loss
    }

    /// Forward and backward without an update; the gradients can then be read with `gradient(of:)`.
    func gradients(
        _ examples: some Examples,
        rows: ArraySlice<Int>,
        labels: [Int],
        labelSmoothing: Float,
        observe: (Int, LogitRow) -> Void = { _, _ in }
    ) throws -> Float {
        guard let plan = trainingPlans.first(where: { $0.batch == rows.count }), let gradient = plan.logitsGradient
        else { throw TrainingError.unsuitable("no plan was compiled for a batch of \(rows.count)") }
        fill(plan, examples, rows: rows)
        try plan.forward()
        var total = 0.0
        SoftmaxCrossEntropy.gradient(
            logits: plan.logits.floats.baseAddress!,
            classes: classes,
            labels: rows.map { labels[$0] },
            smoothing: labelSmoothing,
            gradient: gradient.floats.baseAddress!
        ) { place, observation in
            total += Double(observation.loss)
            observe(place, observation)
        }
        try plan.backward()
        try parameters.settleGradients()
        return Float(total / Double(rows.count))
    }

    // MARK: Inference

    /// Evaluates `rows` with the current parameters.
    ///
    /// - Parameters:
    ///   - collection: takes activations on the way, as `embed` writes them.
    ///   - body: called for each row in order, with its place in `rows` and its C logits.
    public func infer(
        _ examples: some Examples,
        rows: some RandomAccessCollection<Int>,
        collecting collection: ActivationCollection? = nil,
        _ body: (Int, UnsafePointer<Float>) throws -> Void
    ) throws {
        let rows = Array(rows)
        try inBatches(examples, rows) { start, count in
            try inferencePlan.forward()
            if let collection {
                for (probe, destination) in zip(collection.probes, collection.destinations) {
                    try write(probe, rows: count, to: destination) { collection.places[rows[start + $0]] }
                }
            }
            let logits = UnsafePointer(inferencePlan.logits.floats.baseAddress!)
            for place in 0..<count {
                try body(start + place, logits + place * classes)
            }
        }
    }

    /// Writes the activations of some probes for `rows`, flattened, row-major and unnormalised: image activations in
    /// the order C x H x W, the last probe as softmax probabilities.
    ///
    /// - Parameters:
    ///   - probes: which ones; one forward pass, as deep as the deepest of them, serves all.
    ///   - destinations: for each of `probes` room for rows.count rows, of float32 or of the probe's precision.
    public func embed(
        _ examples: some Examples,
        rows: some RandomAccessCollection<Int>,
        probes wanted: [Int],
        into destinations: [Rows]
    ) throws {
        let last = wanted.map { depth(of: $0) }.max() ?? -1
        try inBatches(examples, rows) { start, count in
            if last >= 0 { try inferencePlan.forward(through: last) }
            for (probe, destination) in zip(wanted, destinations) {
                try write(probe, rows: count, to: destination) { start + $0 }
            }
        }
    }

    /// The layer a probe looks at; -1 for the input.
    private func depth(of probe: Int) -> Int {
        switch probe {
        case 0: -1
        case probeNames.count - 1: layers.count - 1
        default: probes[probe - 1].layer
        }
    }

    /// Writes the activations of the rows that the last forward pass of inference had, each to where it belongs.
    ///
    /// - Parameter place: in `destination` of each of these rows
    private func write(_ probe: Int, rows: Int, to destination: Rows, at place: (Int) -> Int) throws {
        precondition(destination.width == probeWidths[probe])
        let source: UnsafeMutableRawPointer
        switch probe {
        case 0:
            source = UnsafeMutableRawPointer(inferencePlan.input.floats.baseAddress!)
        case probeNames.count - 1:
            let logits = inferencePlan.logits.floats.baseAddress!
            precondition(destination.precision == .f32)
            for row in 0..<rows {
                _ = LogitRow(
                    logits: logits + row * classes,
                    count: classes,
                    label: -1,
                    probabilities: destination[place(row)].assumingMemoryBound(to: Float.self)
                )
            }
            return
        default:
            try probes[probe - 1].copy?.run()
            source = probes[probe - 1].plain.start
        }
        let precision = probePrecisions[probe]
        let rowBytes = probeWidths[probe] * precision.elementBytes
        for row in 0..<rows { destination.set(place(row), to: source + row * rowBytes, of: precision) }
    }

    /// Fills the inference plan with one batch of rows after the other. Rows beyond the end are zeros.
    private func inBatches(
        _ examples: some Examples,
        _ rows: some RandomAccessCollection<Int>,
        _ body: (Int, Int) throws -> Void
    ) throws {
        let rows = Array(rows)
        for start in stride(from: 0, to: rows.count, by: inferencePlan.batch) {
            let batch = rows[start..<min(start + inferencePlan.batch, rows.count)]
            fill(inferencePlan, examples, rows: batch)
            try body(start, batch.count)
        }
    }

    func fill(_ plan: Plan, _ examples: some Examples, rows: ArraySlice<Int>) {
        let width = inputShape.count
        let input = plan.input.floats.baseAddress!
        for (place, row) in rows.enumerated() {
            examples.copy(row: row, to: input + place * width)
        }
        (input + rows.count * width).update(repeating: 0, count: (plan.batch - rows.count) * width)
    }
}
