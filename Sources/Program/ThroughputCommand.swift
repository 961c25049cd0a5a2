import ArgumentParser
import Compute
import Recipes
import Tasks
import Training
import Worker

/// `plumbline throughput`: trains a few steps of the default network for pictures and says how many examples a second
/// that was. Started by the service, as many at once as are to train at once.
struct ThroughputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "Measure how fast a network trains (started by the service)."
    )

    /// Some three seconds of one core, after what compiling and first touches take.
    private static let steps = 40
    private static let warmUpSteps = 4
    private static let batch = 128
    private static let side = 28

    @Option(help: "Threads.")
    var threads: Int

    func run() throws {
        ParentWatch.start()
        var random = CounterRandom(seed: 0, purpose: .shuffling, step: 0)
        let count = (Self.warmUpSteps + Self.steps) * Self.batch
        let pixels = (0..<count * Self.side * Self.side).map { _ in UInt8(random.next(below: 256)) }
        let labels = (0..<count).map { _ in Int(random.next(below: 10)) }
        guard let network = Networks.named("cnn") else { throw TrainingError.unsuitable("there is no cnn") }
        var warm = 0.0
        let seconds = try pixels.withUnsafeBufferPointer { pixels in
            var trainer = try Trainer(
                Engine(threads: threads),
                network: network,
                shape: .image(height: Self.side, width: Self.side, channels: 1),
                classes: 10,
                options: NetworkOptions(),
                labels: labels,
                heldOut: Array(repeating: false, count: count),
                settings: TrainingSettings(
                    epochs: 1,
                    batchSize: Self.batch,
                    learningRate: 0.02,
                    precision: Precision.bf16.isNative ? .bf16 : .f32,
                    seed: 0
                )
            )
            try trainer.run(
                on: ImageExamples(
                    pixels: pixels,
                    height: Self.side,
                    width: Self.side,
                    channels: 1,
                    mean: [0.5],
                    std: [0.25]
                ),
                pause: { if $0.step == Self.warmUpSteps { warm = $0.seconds.train } }
            )
            return trainer.seconds.train - warm
        }
        let throughput = Throughput(examplesPerSecond: Double(Self.steps * Self.batch) / seconds)
        ChildLine(.result, values: try JSON(encoding: throughput)).print()
    }
}
