import Tasks
import Training

/// The progress that a worker prints, at most four lines a second.
struct WorkerOutput {
    private let epochs: Int
    private let clock = ContinuousClock()
    private var next = ContinuousClock().now

    init(epochs: Int) { self.epochs = epochs }

    mutating func training(_ progress: Trainer.Progress, fraction: Double) {
        print(
            "train",
            fraction,
            TrainingProgress(
                epoch: progress.epoch,
                epochs: epochs,
                trainAccuracy: progress.lastEpoch?.trainAccuracy.finite,
                heldoutAccuracy: progress.lastEpoch?.heldOutAccuracy.finite
            )
        )
    }

    /// The pictures go through a backbone.
    mutating func embedding(fraction: Double) {
        print("embed", fraction, TrainingProgress(epoch: 0, epochs: epochs))
    }

    mutating func probing(fraction: Double) {
        print("probe", fraction, TrainingProgress(epoch: epochs, epochs: epochs))
    }

    private mutating func print(_ phase: String, _ fraction: Double, _ values: TrainingProgress) {
        let now = clock.now
        guard now >= next else { return }
        next = now + .milliseconds(250)
        ChildLine(.progress, phase: phase, fraction: fraction, values: try? JSON(encoding: values)).print()
    }
}
