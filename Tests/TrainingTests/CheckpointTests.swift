import Compute
import Recipes
import Testing
import Training

/// A run that is stopped anywhere and goes on from its checkpoint in a new trainer ends with the same bits.
@Suite struct CheckpointTests {
    private struct Stopped: Error {}

    struct Case: Sendable, CustomTestStringConvertible {
        var network: String
        var dimensions: [Int]
        var count: Int
        var observe = Observation.presentation
        var schedule = TrainingSettings.Schedule.cosine
        var augmentation: Augmentation?

        var testDescription: String { "\(network) \(dimensions) \(observe)" }
    }

    static let cases = [
        Case(network: "mlp", dimensions: [6], count: 35),
        // More examples than are evaluated at a time, so that it can be stopped in the middle of an evaluation.
        Case(network: "mlp", dimensions: [6], count: 150, observe: .evaluation, schedule: .oneCycle),
        Case(
            network: "cnn",
            dimensions: [3, 8, 8],
            count: 25,
            augmentation: Augmentation(padCrop: 1, flip: true, cutout: 2)
        ),
        // Running averages last from step to step, too.
        Case(network: "resnet20", dimensions: [3, 8, 8], count: 20),
    ]

    private func trainer(_ run: Case, seed: UInt64 = 11) throws -> (Trainer, FormulaExamples) {
        let examples = FormulaExamples(dimensions: run.dimensions, count: run.count)
        let trainer = try Trainer(
            Engine(),
            network: try #require(Networks.named(run.network)),
            shape: examples.shape,
            classes: 3,
            options: NetworkOptions(
                hidden: run.network == "mlp" ? [8] : nil,
                norm: run.network == "resnet20" ? .batch : nil
            ),
            labels: (0..<run.count).map { $0 == 4 ? -1 : examples.label($0, classes: 3) },
            heldOut: (0..<run.count).map { $0 % 5 == 0 },
            settings: TrainingSettings(
                epochs: 3,
                batchSize: run.count / 3,
                learningRate: 0.02,
                schedule: run.schedule,
                weightDecay: 1e-3,
                labelSmoothing: 0.05,
                augmentation: run.augmentation,
                seed: seed
            ),
            observe: run.observe
        )
        return (trainer, examples)
    }

    /// Runs until the `number`-th pause, and gives the checkpoint taken there.
    private func stopped(_ run: Case, atPause number: Int, from checkpoint: Checkpoint? = nil) throws -> Checkpoint? {
        var (trainer, examples) = try trainer(run)
        if let checkpoint { try trainer.restore(checkpoint) }
        var taken: Checkpoint?
        var pauses = 0
        do {
            try trainer.run(
                on: examples,
                pause: {
                    pauses += 1
                    if pauses == number {
                        taken = try $0.checkpoint()
                        throw Stopped()
                    }
                }
            )
        } catch is Stopped {}
        return taken
    }

    /// The bits of everything that a run leaves.
    private func bits(_ trainer: Trainer) throws -> [[UInt64]] {
        let dynamics = trainer.dynamics
        func bits(_ values: [Float]) -> [UInt64] { values.map { UInt64($0.bitPattern) } }
        return [
            dynamics.predicted.map(UInt64.init), bits(dynamics.labelProbability), bits(dynamics.margin),
            bits(dynamics.loss), bits(dynamics.squaredProbabilities), dynamics.initialPredicted.map(UInt64.init),
            bits(dynamics.finalLogits), bits(dynamics.heldOutLogits),
            dynamics.summaries.flatMap {
                [$0.trainAccuracy, $0.trainLoss, $0.heldOutAccuracy, $0.heldOutLoss, $0.learningRate]
            }.map(\.bitPattern),
            [dynamics.fit.bitPattern, dynamics.majorityShare.bitPattern],
        ] + (try trainer.model.weights().map { bits($0.values) })
    }

    @Test(arguments: cases.indices) func stoppedAnywhereItEndsWithTheSameBits(index: Int) throws {
        let run = CheckpointTests.cases[index]
        var (undisturbed, examples) = try trainer(run)
        var steps: [Int] = []
        try undisturbed.run(on: examples, pause: { steps.append($0.step) })
        let expected = try bits(undisturbed)
        print("seed 11, \(steps.count) pauses at steps \(steps)")

        for number in 1...steps.count {
            let checkpoint = try stopped(run, atPause: number)
            #expect((checkpoint == nil) == (steps[number - 1] == 0))
            var (resumed, _) = try trainer(run)
            if let checkpoint { try resumed.restore(checkpoint) }
            var first: Int?
            try resumed.run(on: examples, pause: { first = first ?? $0.step })
            #expect(try bits(resumed) == expected, "stopped at pause \(number), after step \(steps[number - 1])")
            // Nothing that was done is done again.
            #expect((first ?? 0) >= steps[number - 1])
        }
    }

    /// What a run says of itself after an epoch is what it had seen by then, and does not change how it goes on.
    @Test(arguments: cases.indices) func aPreviewChangesNothing(index: Int) throws {
        let run = CheckpointTests.cases[index]
        var (undisturbed, examples) = try trainer(run)
        try undisturbed.run(on: examples)
        var (previewed, _) = try trainer(run)
        var previews: [Dynamics] = []
        try previewed.run(on: examples, afterEpoch: { previews.append(try $0.preview(on: examples)) })
        #expect(try bits(previewed) == bits(undisturbed))

        let whole = undisturbed.dynamics
        #expect(previews.map(\.epochs) == [1, 2, 3])
        for preview in previews {
            let seen = preview.epochs * run.count
            #expect(preview.predicted == Array(whole.predicted.prefix(seen)))
            #expect(preview.loss.map(\.bitPattern) == whole.loss.prefix(seen).map(\.bitPattern))
            #expect(preview.snapshotEpochs == [preview.epochs])
            // The held-out examples as that epoch's own evaluation saw them.
            let classes = whole.classes
            for (place, row) in undisturbed.heldOutRows.enumerated() {
                let logits = Array(preview.heldOutLogits[place * classes..<(place + 1) * classes])
                #expect(logits == Array(preview.finalLogits[row * classes..<(row + 1) * classes]))
                let best = logits.indices.max { (logits[$0], -$0) < (logits[$1], -$1) }
                #expect(best == Int(preview.predicted[(preview.epochs - 1) * run.count + row]))
            }
        }
        #expect(previews[2].finalLogits == whole.finalLogits && previews[2].fit == whole.fit)
    }

    @Test func stoppedAgainAndAgainItEndsWithTheSameBits() throws {
        let run = CheckpointTests.cases[0]
        var (undisturbed, examples) = try trainer(run)
        try undisturbed.run(on: examples)
        var checkpoint: Checkpoint?
        var rounds = 0
        while let next = try stopped(run, atPause: 3, from: checkpoint) {
            checkpoint = next
            rounds += 1
        }
        #expect(rounds > 3)
        var (resumed, _) = try trainer(run)
        try resumed.restore(try #require(checkpoint))
        try resumed.run(on: examples)
        #expect(try bits(resumed) == bits(undisturbed))
    }

    @Test func aCheckpointOfAnotherRunIsRefusedAndChangesNothing() throws {
        let run = CheckpointTests.cases[0]
        var (trainer, _) = try trainer(run)
        let good = try #require(try stopped(run, atPause: 7))
        var others: [Checkpoint] = [try #require(try stopped(CheckpointTests.cases[2], atPause: 7))]
        func changed(_ change: (inout Checkpoint) -> Void) {
            var copy = good
            change(&copy)
            others.append(copy)
        }
        changed { $0.step = 0 }
        changed { $0.step = 1_000 }
        changed { $0.step += 3 }
        changed { $0.summaries = [] }
        changed { $0.tensors.removeLast() }
        changed { $0.tensors[1].values.append(0) }
        changed { $0.tensors[0].name = "other" }
        changed { $0.margin.removeLast() }
        changed { $0.initialPredicted = [] }
        changed { $0.heldOutLogits.append(1) }
        let before = try bits(trainer)
        for other in others {
            #expect(throws: TrainingError.self) { try trainer.restore(other) }
        }
        #expect(try bits(trainer) == before)
        #expect(trainer.step == 0)
        try trainer.restore(good)
        #expect(trainer.step == good.step)
    }
}
