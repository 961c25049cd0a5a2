import Compute
import Glibc
import Recipes

/// Trains one member and observes it: the whole run, top to bottom.
public struct Trainer {
    /// What the caller is told while training goes on.
    public struct Progress: Sendable {
        /// The epoch under way, counted from 1.
        public var epoch: Int
        /// Share of all steps that are done.
        public var fraction: Double
        /// The epoch before.
        public var lastEpoch: Dynamics.EpochSummary?
    }

    /// The trained network.
    public let model: Model
    /// What it left behind about every example.
    public internal(set) var dynamics: Dynamics
    /// Updates done so far.
    public internal(set) var step = 0
    /// Seconds spent on updates, and on evaluation, those before a checkpoint included.
    public internal(set) var seconds = (train: 0.0, evaluate: 0.0)

    /// Rows trained on, ascending.
    public let trainRows: [Int]
    /// All other rows, ascending.
    public let heldOutRows: [Int]

    let labels: [Int]
    private let settings: TrainingSettings
    private let observe: Observation
    private let clock = ContinuousClock()

    /// Compiles the network.
    ///
    /// - Parameters:
    ///   - options: what of the network may be chosen.
    ///   - labels: a class for each example, or -1 where it is missing; those are never trained on.
    ///   - heldOut: for each example whether it is held out.
    ///   - settings: how it is trained, with the member's own seed.
    ///   - observe: when the examples trained on are observed.
    public init(
        _ engine: Engine,
        network: Network,
        shape: InputShape,
        classes: Int,
        options: NetworkOptions = NetworkOptions(),
        labels: [Int],
        heldOut: [Bool],
        settings: TrainingSettings,
        observe: Observation = .presentation
    ) throws {
        trainRows = labels.indices.filter { !heldOut[$0] && labels[$0] >= 0 }
        heldOutRows = labels.indices.filter { heldOut[$0] || labels[$0] < 0 }
        guard !trainRows.isEmpty else { throw TrainingError.unsuitable("there is no example to train on") }
        guard labels.allSatisfy({ $0 < classes }) else {
            throw TrainingError.unsuitable("a label is not below the number of classes, \(classes)")
        }
        guard settings.epochs > 0, settings.batchSize > 0 else {
            throw TrainingError.unsuitable("epochs and batch size are at least 1")
        }
        let smoothing = settings.labelSmoothing ?? 0
        guard (0..<1).contains(smoothing) else {
            throw TrainingError.unsuitable("label smoothing is 0 to below 1, not \(smoothing)")
        }
        if let objection = settings.augmentation?.objection(to: shape) { throw TrainingError.unsuitable(objection) }
        self.labels = labels
        self.settings = settings
        self.observe = observe
        let batch = min(settings.batchSize, trainRows.count)
        let tail = trainRows.count % batch
        model = try Model(
            engine,
            network: network,
            settings: NetworkSettings(input: shape, classes: classes, options: options),
            precision: settings.precision,
            convolution: settings.convolution ?? .own,
            trainingBatches: tail == 0 ? [batch] : [batch, tail],
            inferenceBatch: min(128, labels.count),
            seed: settings.seed
        )
        dynamics = Dynamics(
            epochs: settings.epochs,
            examples: labels.count,
            classes: classes,
            heldOut: heldOutRows.count,
            snapshotEpochs: Dynamics.snapshots(of: settings.epochs)
        )
    }

    /// Updates in an epoch.
    public var stepsPerEpoch: Int { (trainRows.count + batch - 1) / batch }

    /// Examples in a mini-batch; the last of an epoch may have fewer.
    private var batch: Int { min(settings.batchSize, trainRows.count) }

    /// Runs all epochs, or what a restored checkpoint leaves of them. Afterwards `dynamics` is complete, or says in
    /// `failure` why the run did not learn.
    ///
    /// - Parameters:
    ///   - collection: called before the finished network is run on everything; what it gives takes activations on the
    ///     way.
    ///   - afterEpoch: called after each epoch and its evaluation.
    ///   - progress: called after each update.
    ///   - pause: called after each update and between the batches of an evaluation, whenever `checkpoint()` may be
    ///     taken. What it throws ends the run.
    public mutating func run(
        on examples: some Examples,
        collecting collection: () throws -> ActivationCollection? = { nil },
        afterEpoch: (inout Trainer) throws -> Void = { _ in },
        progress: (Progress) throws -> Void = { _ in },
        pause: (Trainer) throws -> Void = { _ in }
    ) throws {
        let rates = LearningRate(settings, stepsPerEpoch: stepsPerEpoch)
        (dynamics.majorityShare, dynamics.priorLoss) = prior()
        if step == 0 { try timed(\.evaluate) { try $0.predictInitially(examples, pause) } }

        for epoch in dynamics.summaries.count..<settings.epochs {
            var order = trainRows
            var random = CounterRandom(seed: settings.seed, purpose: .shuffling, step: UInt32(epoch))
            random.shuffle(&order)

            let stepsDone = step - epoch * stepsPerEpoch
            for start in stride(from: stepsDone * batch, to: order.count, by: batch) {
                let rows = order[start..<min(start + batch, order.count)]
                let rate = rates.rate(at: step)
                try timed(\.train) { try $0.update(examples, rows: rows, epoch: epoch, rate: rate) }
                step += 1
                try progress(
                    Progress(
                        epoch: epoch + 1,
                        fraction: Double(step) / Double(stepsPerEpoch * settings.epochs),
                        lastEpoch: dynamics.summaries.last
                    )
                )
                try pause(self)
            }

            try timed(\.evaluate) { try $0.evaluate(examples, epoch: epoch, pause) }
            dynamics.summaries.append(summary(of: epoch, learningRate: rates.mean(inEpoch: epoch)))
            guard dynamics.summaries[epoch].trainLoss.isFinite else {
                dynamics.failure = "the training loss was not finite in epoch \(epoch + 1)"
                return
            }
            try afterEpoch(&self)
        }

        let collection = try collection()
        try timed(\.evaluate) { try $0.finish(examples, collecting: collection, pause) }
        dynamics.judge()
    }

    /// What a run of the epochs so far would have left behind, learning rates aside. To be called after an epoch; the run
    /// goes on as if it had not been.
    public mutating func preview(on examples: some Examples, pause: (Trainer) throws -> Void = { _ in }) throws
        -> Dynamics
    {
        let whole = dynamics
        defer { dynamics = whole }
        try timed(\.evaluate) { try $0.finish(examples, collecting: nil, pause) }
        var preview = dynamics.prefix(epochs: dynamics.summaries.count, heldOut: heldOutRows)
        preview.judge()
        return preview
    }

    /// One mini-batch; its examples are observed in the forward pass, before the update.
    private mutating func update(_ examples: some Examples, rows: ArraySlice<Int>, epoch: Int, rate: Double) throws {
        guard let augmentation = settings.augmentation else {
            return try learn(from: examples, rows: rows, epoch: epoch, rate: rate)
        }
        let changed = AugmentedExamples(source: examples, augmentation: augmentation, seed: settings.seed, epoch: epoch)
        try learn(from: changed, rows: rows, epoch: epoch, rate: rate)
    }

    private mutating func learn(
        from examples: some Examples,
        rows: ArraySlice<Int>,
        epoch: Int,
        rate: Double
    ) throws {
        try model.step(
            examples,
            rows: rows,
            labels: labels,
            rate: Float(rate),
            momentum: Float(settings.momentum),
            weightDecay: Float(settings.weightDecay),
            labelSmoothing: Float(settings.labelSmoothing ?? 0)
        ) { place, observation in
            dynamics.record(observation, epoch: epoch, example: rows[rows.startIndex + place])
        }
    }

    /// What the network says before it has learnt anything.
    private mutating func predictInitially(_ examples: some Examples, _ pause: (Trainer) throws -> Void) throws {
        try observe(examples, rows: Array(labels.indices), pause) { dynamics, row, observation, _ in
            dynamics.initialPredicted[row] = UInt16(observation.predicted)
        }
    }

    /// The end of an epoch: held-out examples (all of them if so asked), and their logits at snapshot epochs.
    private mutating func evaluate(
        _ examples: some Examples,
        epoch: Int,
        _ pause: (Trainer) throws -> Void
    ) throws {
        if observe == .evaluation {
            try observe(examples, rows: trainRows, pause) { dynamics, row, observation, _ in
                dynamics.record(observation, epoch: epoch, example: row)
            }
        }
        let snapshot = dynamics.snapshotEpochs.firstIndex(of: epoch + 1)
        let classes = dynamics.classes
        var place = (snapshot ?? 0) * heldOutRows.count * classes
        try observe(examples, rows: heldOutRows, pause) { dynamics, row, observation, logits in
            dynamics.record(observation, epoch: epoch, example: row)
            guard snapshot != nil else { return }
            for index in 0..<classes { dynamics.heldOutLogits[place + index] = logits[index] }
            place += classes
        }
    }

    /// The finished network on everything.
    private mutating func finish(
        _ examples: some Examples,
        collecting collection: ActivationCollection?,
        _ pause: (Trainer) throws -> Void
    ) throws {
        let classes = dynamics.classes
        var predicted = [Int](repeating: 0, count: labels.count)
        let all = Array(labels.indices)
        var losses = [Float](repeating: 0, count: labels.count)
        try observe(examples, rows: all, collecting: collection, pause) { dynamics, row, observation, logits in
            losses[row] = observation.loss
            for index in 0..<classes { dynamics.finalLogits[row * classes + index] = logits[index] }
            predicted[row] = observation.predicted
        }
        dynamics.finalLoss = trainRows.reduce(0) { $0 + Double(losses[$1]) } / Double(trainRows.count)
        dynamics.fit = Double(trainRows.count { predicted[$0] == labels[$0] }) / Double(trainRows.count)
    }

    private mutating func observe(
        _ examples: some Examples,
        rows: [Int],
        collecting collection: ActivationCollection? = nil,
        _ pause: (Trainer) throws -> Void,
        _ body: (inout Dynamics, Int, LogitRow, UnsafePointer<Float>) -> Void
    ) throws {
        let scratch = UnsafeMutablePointer<Float>.allocate(capacity: dynamics.classes)
        defer { scratch.deallocate() }
        try model.infer(examples, rows: rows, collecting: collection) { place, logits in
            if place % model.inferenceBatch == 0 { try pause(self) }
            let row = rows[place]
            let observation = LogitRow(
                logits: logits,
                count: dynamics.classes,
                label: labels[row],
                probabilities: scratch
            )
            body(&dynamics, row, observation, logits)
        }
    }

    private func summary(of epoch: Int, learningRate: Double) -> Dynamics.EpochSummary {
        func mean(_ rows: [Int]) -> (accuracy: Double, loss: Double) {
            let labelled = rows.filter { labels[$0] >= 0 }
            let places = labelled.map { epoch * labels.count + $0 }
            let correct = zip(labelled, places).count { Int(dynamics.predicted[$1]) == labels[$0] }
            let loss = places.reduce(0.0) { $0 + Double(dynamics.loss[$1]) }
            return (Double(correct) / Double(labelled.count), loss / Double(labelled.count))
        }
        let train = mean(trainRows)
        let heldOut = mean(heldOutRows)
        return Dynamics.EpochSummary(
            trainAccuracy: train.accuracy,
            trainLoss: train.loss,
            heldOutAccuracy: heldOut.accuracy,
            heldOutLoss: heldOut.loss,
            learningRate: learningRate
        )
    }

    /// Share of the commonest class among the examples trained on, and the loss of naming each class as often as it is there.
    private func prior() -> (majority: Double, loss: Double) {
        var counts = [Int](repeating: 0, count: dynamics.classes)
        for row in trainRows { counts[labels[row]] += 1 }
        let shares = counts.map { Double($0) / Double(trainRows.count) }
        return (shares.max() ?? 0, shares.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 })
    }

    private mutating func timed(
        _ phase: WritableKeyPath<(train: Double, evaluate: Double), Double>,
        _ body: (inout Trainer) throws -> Void
    ) throws {
        let start = clock.now
        try body(&self)
        let elapsed = start.duration(to: clock.now).components
        seconds[keyPath: phase] += Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
}
