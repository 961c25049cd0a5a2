import Compute

/// How one member is trained.
public struct TrainingSettings: Sendable, Hashable {
    /// When the examples trained on are observed; those held out are always observed at the end of an epoch.
    public enum Observing: String, Sendable, Codable {
        /// In their mini-batch, before the update (Toneva et al. 2019).
        case presentation
        /// With all others at the end of the epoch.
        case evaluation
    }

    /// Passes over the training examples.
    public var epochs: Int
    /// Examples in a mini-batch.
    public var batchSize: Int
    /// The highest learning rate.
    public var learningRate: Double
    /// How the rate goes after the warm-up.
    public var course: LearningRate.Course
    /// Share of all steps over which the rate rises.
    public var warmupFraction: Double
    /// Of SGD.
    public var momentum: Double
    /// L2 penalty, added to the gradient of every parameter.
    public var weightDecay: Double
    /// When the examples trained on are observed.
    public var observing: Observing
    /// Draws the initial parameters and the order of the examples.
    public var seed: UInt64

    /// Parameters are those of the properties; defaults are those of scores.md, section 1.
    public init(
        epochs: Int,
        batchSize: Int,
        learningRate: Double,
        course: LearningRate.Course = .cosine,
        warmupFraction: Double = 0.05,
        momentum: Double = 0.9,
        weightDecay: Double = 0,
        observing: Observing = .presentation,
        seed: UInt64
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.course = course
        self.warmupFraction = warmupFraction
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.observing = observing
        self.seed = seed
    }
}

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
    public private(set) var dynamics: Dynamics
    /// Seconds spent on updates, and on evaluation.
    public private(set) var seconds = (train: 0.0, evaluate: 0.0)

    /// Rows trained on, ascending.
    public let trainRows: [Int]
    /// All other rows, ascending.
    public let heldOutRows: [Int]

    private let labels: [Int]
    private let settings: TrainingSettings
    private let clock = ContinuousClock()

    /// Compiles the network.
    ///
    /// - Parameters:
    ///   - options: what of the network may be chosen.
    ///   - labels: a class for each example, or -1 where it is missing; those are never trained on.
    ///   - heldOut: for each example whether it is held out.
    public init(
        _ engine: Engine,
        network: Network,
        shape: InputShape,
        classes: Int,
        options: NetworkOptions = NetworkOptions(),
        labels: [Int],
        heldOut: [Bool],
        settings: TrainingSettings
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
        self.labels = labels
        self.settings = settings
        let batch = min(settings.batchSize, trainRows.count)
        let tail = trainRows.count % batch
        model = try Model(
            engine,
            network: network,
            settings: NetworkSettings(input: shape, classes: classes, options: options),
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

    /// Runs all epochs. Afterwards `dynamics` is complete, or says in `failure` why the run did not learn.
    public mutating func run(
        on examples: some Examples,
        progress: (Progress) throws -> Void = { _ in }
    ) throws {
        let batch = min(settings.batchSize, trainRows.count)
        let stepsPerEpoch = (trainRows.count + batch - 1) / batch
        let rates = LearningRate(
            peak: settings.learningRate,
            course: settings.course,
            warmupFraction: settings.warmupFraction,
            stepsPerEpoch: stepsPerEpoch,
            epochs: settings.epochs
        )
        dynamics.majorityShare = majorityShare()
        try timed(\.evaluate) { try $0.predictInitially(examples) }

        var step = 0
        for epoch in 0..<settings.epochs {
            var order = trainRows
            var random = CounterRandom(seed: settings.seed, purpose: .shuffling, step: UInt32(epoch))
            random.shuffle(&order)

            for start in stride(from: 0, to: order.count, by: batch) {
                let rows = order[start..<min(start + batch, order.count)]
                try timed(\.train) { try $0.update(examples, rows: rows, epoch: epoch, rate: rates.rate(at: step)) }
                step += 1
                try progress(
                    Progress(
                        epoch: epoch + 1,
                        fraction: Double(step) / Double(stepsPerEpoch * settings.epochs),
                        lastEpoch: dynamics.summaries.last
                    )
                )
            }

            try timed(\.evaluate) { try $0.evaluate(examples, epoch: epoch) }
            dynamics.summaries.append(summary(of: epoch, learningRate: rates.mean(inEpoch: epoch)))
            guard dynamics.summaries[epoch].trainLoss.isFinite else {
                dynamics.failure = "the training loss was not finite in epoch \(epoch + 1)"
                return
            }
        }

        try timed(\.evaluate) { try $0.finish(examples) }
        if !(dynamics.fit > dynamics.majorityShare) {
            dynamics.failure =
                "after training \(dynamics.fit) of the training examples were classified as labelled, which is not "
                + "above the share of the most frequent label, \(dynamics.majorityShare)"
        }
    }

    /// One mini-batch; its examples are observed in the forward pass, before the update.
    private mutating func update(_ examples: some Examples, rows: ArraySlice<Int>, epoch: Int, rate: Double) throws {
        try model.step(
            examples,
            rows: rows,
            labels: labels,
            rate: Float(rate),
            momentum: Float(settings.momentum),
            weightDecay: Float(settings.weightDecay)
        ) { place, observation in
            dynamics.record(observation, epoch: epoch, example: rows[rows.startIndex + place])
        }
    }

    /// What the network says before it has learnt anything.
    private mutating func predictInitially(_ examples: some Examples) throws {
        try observe(examples, rows: Array(labels.indices)) { dynamics, row, observation, _ in
            dynamics.initialPredicted[row] = UInt16(observation.predicted)
        }
    }

    /// The end of an epoch: held-out examples (all of them if so asked), and their logits at snapshot epochs.
    private mutating func evaluate(_ examples: some Examples, epoch: Int) throws {
        if settings.observing == .evaluation {
            try observe(examples, rows: trainRows) { dynamics, row, observation, _ in
                dynamics.record(observation, epoch: epoch, example: row)
            }
        }
        let snapshot = dynamics.snapshotEpochs.firstIndex(of: epoch + 1)
        let classes = dynamics.classes
        var place = (snapshot ?? 0) * heldOutRows.count * classes
        try observe(examples, rows: heldOutRows) { dynamics, row, observation, logits in
            dynamics.record(observation, epoch: epoch, example: row)
            guard snapshot != nil else { return }
            for index in 0..<classes { dynamics.heldOutLogits[place + index] = logits[index] }
            place += classes
        }
    }

    /// The finished network on everything.
    private mutating func finish(_ examples: some Examples) throws {
        let classes = dynamics.classes
        var predicted = [Int](repeating: 0, count: labels.count)
        try observe(examples, rows: Array(labels.indices)) { dynamics, row, observation, logits in
            for index in 0..<classes { dynamics.finalLogits[row * classes + index] = logits[index] }
            predicted[row] = observation.predicted
        }
        dynamics.fit = Double(trainRows.count { predicted[$0] == labels[$0] }) / Double(trainRows.count)
    }

    private mutating func observe(
        _ examples: some Examples,
        rows: [Int],
        _ body: (inout Dynamics, Int, Observation, UnsafePointer<Float>) -> Void
    ) throws {
        let scratch = UnsafeMutablePointer<Float>.allocate(capacity: dynamics.classes)
        defer { scratch.deallocate() }
        try model.infer(examples, rows: rows) { place, logits in
            let row = rows[place]
            let observation = Observation(
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

    private func majorityShare() -> Double {
        var counts = [Int](repeating: 0, count: dynamics.classes)
        for row in trainRows { counts[labels[row]] += 1 }
        return Double(counts.max() ?? 0) / Double(trainRows.count)
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
