import Compute
import Recipes
import Testing
import Training

/// Classes that lie apart: class c has its mean at a corner of its own.
struct Blobs: Examples {
    let shape: InputShape
    let count: Int
    let classes: Int
    let labels: [Int]

    init(count: Int, classes: Int = 3) {
        shape = .features(4)
        self.count = count
        self.classes = classes
        labels = (0..<count).map { $0 % classes }
    }

    func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
        var random = CounterRandom(seed: UInt64(row), purpose: .shuffling, step: 99)
        for column in 0..<4 {
            destination[column] = (random.nextUnitFloat() - 0.5) + (column == labels[row] ? 1.5 : 0)
        }
    }
}

@Suite struct TrainerTests {
    private func trainer(
        _ data: Blobs,
        labels: [Int]? = nil,
        epochs: Int = 12,
        batch: Int = 16,
        rate: Double = 0.1,
        observing: Observation = .presentation,
        seed: UInt64 = 5
    ) throws -> Trainer {
        try Trainer(
            Engine(),
            network: #require(Networks.named("mlp")),
            shape: data.shape,
            classes: data.classes,
            options: NetworkOptions(hidden: [16]),
            labels: labels ?? data.labels,
            heldOut: (0..<data.count).map { $0 % 5 == 0 },
            settings: TrainingSettings(
                epochs: epochs,
                batchSize: batch,
                learningRate: rate,
                seed: seed
            ),
            observe: observing
        )
    }

    /// The last evaluation leaves activations where they are asked for, the same as those of a pass of their own.
    @Test func collectsActivationsOnTheWay() throws {
        let data = Blobs(count: 300)
        var trainer = try trainer(data, epochs: 2)
        let widths = trainer.model.probeWidths
        let probes = Array(widths.indices)
        let rows = trainer.trainRows + trainer.heldOutRows
        var places = [Int](repeating: 0, count: data.count)
        for (place, row) in rows.enumerated() { places[row] = place }
        let left = probes.map { UnsafeMutablePointer<Float>.allocate(capacity: data.count * widths[$0]) }
        let passed = probes.map { UnsafeMutablePointer<Float>.allocate(capacity: data.count * widths[$0]) }
        defer { (left + passed).forEach { $0.deallocate() } }

        var asked = 0
        try trainer.run(on: data) {
            asked += 1
            return ActivationCollection(
                probes: probes,
                destinations: zip(left, probes).map { Rows($0, width: widths[$1]) },
                places: places
            )
        }
        try trainer.model.embed(
            data,
            rows: rows,
            probes: probes,
            into: zip(passed, probes).map { Rows($0, width: widths[$1]) }
        )
        #expect(asked == 1)
        for probe in probes {
            let count = data.count * widths[probe]
            #expect(
                Array(UnsafeBufferPointer(start: left[probe], count: count))
                    == Array(UnsafeBufferPointer(start: passed[probe], count: count)),
                "probe \(trainer.model.probeNames[probe])"
            )
        }
    }

    @Test func learnsBlobs() throws {
        let data = Blobs(count: 103)
        var trainer = try trainer(data)
        try trainer.run(on: data)
        let dynamics = trainer.dynamics
        #expect(dynamics.failure == nil)
        #expect(dynamics.fit > 0.97)
        #expect(try #require(dynamics.summaries.last).heldOutAccuracy > 0.9)
        #expect(dynamics.snapshotEpochs.last == 12)
        #expect(dynamics.snapshotEpochs.count == 10)
        // The last snapshot is the finished network.
        let last = dynamics.heldOutLogits.suffix(trainer.heldOutRows.count * 3)
        let expected = trainer.heldOutRows.flatMap { dynamics.finalLogits[$0 * 3..<$0 * 3 + 3] }
        #expect(Array(last) == expected)
    }

    @Test func sameKeySameBits() throws {
        let data = Blobs(count: 90)
        var first = try trainer(data)
        var second = try trainer(data)
        var other = try trainer(data, seed: 6)
        try first.run(on: data)
        try second.run(on: data)
        try other.run(on: data)
        #expect(first.dynamics.finalLogits.map(\.bitPattern) == second.dynamics.finalLogits.map(\.bitPattern))
        #expect(first.dynamics.loss.map(\.bitPattern) == second.dynamics.loss.map(\.bitPattern))
        #expect(try first.model.weights() == second.model.weights())
        #expect(first.dynamics.finalLogits != other.dynamics.finalLogits)
    }

    /// The first mini-batch sees the untrained network: its observations are those of the initial prediction.
    @Test func observesBeforeTheUpdate() throws {
        let data = Blobs(count: 40)
        var trainer = try trainer(data, epochs: 1, batch: 32)
        #expect(trainer.trainRows.count == 32)
        try trainer.run(on: data)
        for row in trainer.trainRows {
            #expect(trainer.dynamics.predicted[row] == trainer.dynamics.initialPredicted[row])
        }
        #expect(trainer.dynamics.fit != trainer.dynamics.summaries[0].trainAccuracy)
    }

    /// With `evaluation` the last observation of every example is that of the finished network.
    @Test func observesAtTheEndOfTheEpoch() throws {
        let data = Blobs(count: 61)
        var trainer = try trainer(data, epochs: 4, observing: .evaluation)
        try trainer.run(on: data)
        let dynamics = trainer.dynamics
        for row in 0..<data.count {
            let logits = dynamics.finalLogits[row * 3..<row * 3 + 3]
            let best = try #require(logits.indices.max { logits[$0] < logits[$1] }) - logits.startIndex
            #expect(Int(dynamics.predicted[3 * data.count + row]) == best)
        }
    }

    @Test func neverTrainsOnMissingLabels() throws {
        let data = Blobs(count: 50)
        var labels = data.labels
        labels[7] = -1
        var trainer = try trainer(data, labels: labels, epochs: 2)
        #expect(!trainer.trainRows.contains(7))
        #expect(trainer.heldOutRows.contains(7))
        try trainer.run(on: data)
        #expect(trainer.dynamics.loss[7].isNaN && trainer.dynamics.margin[50 + 7].isNaN)
        #expect(!trainer.dynamics.squaredProbabilities[7].isNaN)
        #expect(try #require(trainer.dynamics.summaries.last).heldOutLoss.isFinite)
    }

    @Test func saysWhyItDidNotLearn() throws {
        let data = Blobs(count: 60)
        var diverging = try trainer(data, rate: 1e20)
        try diverging.run(on: data)
        #expect(diverging.dynamics.failure != nil)
        var idle = try trainer(data, labels: Array(repeating: 1, count: 60), epochs: 1, rate: 1e-9)
        try idle.run(on: data)
        #expect(idle.dynamics.majorityShare == 1)
        #expect(idle.dynamics.failure != nil)
    }

    @Test func trainsTheTailOfAnEpochAndLessThanABatch() throws {
        let data = Blobs(count: 12)
        var trainer = try trainer(data, epochs: 30, batch: 64)
        try trainer.run(on: data)
        #expect(trainer.dynamics.fit > 0.8)
        #expect(trainer.dynamics.loss.allSatisfy { !$0.isNaN })
    }

    @Test func refusesWhatCannotBeTrained() throws {
        let data = Blobs(count: 10)
        #expect(throws: TrainingError.self) { try self.trainer(data, labels: Array(repeating: -1, count: 10)) }
        #expect(throws: TrainingError.self) { try self.trainer(data, labels: Array(repeating: 3, count: 10)) }
        let cnn = try #require(Networks.named("cnn"))
        #expect(cnn.objection(NetworkSettings(input: .features(3), classes: 2)) != nil)
        #expect(cnn.objection(NetworkSettings(input: .image(height: 7, width: 9, channels: 1), classes: 2)) != nil)
        #expect(cnn.objection(NetworkSettings(input: .image(height: 64, width: 8, channels: 3), classes: 2)) == nil)
        #expect(Networks.named("resnet") == nil)
    }

    /// Weights put into a fresh model give the same activations at every probe.
    @Test func restoresWeights() throws {
        let data = Blobs(count: 30)
        var trainer = try trainer(data, epochs: 2)
        try trainer.run(on: data)
        let fresh = try self.trainer(data, epochs: 2, seed: 77)
        try fresh.model.setWeights(trainer.model.weights())
        for probe in trainer.model.probeNames.indices {
            let rows = Array(0..<data.count)
            #expect(
                try trainer.model.activations(of: probe, data, rows: rows)
                    == fresh.model.activations(of: probe, data, rows: rows)
            )
        }
    }
}
