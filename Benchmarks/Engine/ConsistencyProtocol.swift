import ArgumentParser
import Arrays
import Compute
import Recipes
import Training

/// `cscore`: the protocol of Jiang et al. 2021 on a file: for train ratios of 10 % to 90 % some runs each, trained on a
/// random subset and evaluated once on all examples.
///
/// Writes runs x N, uint8: 0 held out and wrong, 1 held out and right, 2 trained on.
struct ConsistencyProtocol: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cscore", abstract: "Runs the C-score protocol.")
    @Option(help: "NPY of pixels: N x 28 x 28, uint8.") var pixels: String
    @Option(help: "NPY of labels: N, int64.") var labels: String
    @Option(help: "Runs at each train ratio.") var runs = 4
    @Option(help: "Epochs.") var epochs = 10
    @Option(help: "Which part of the runs is done here, from 0.") var part = 0
    @Option(help: "Into how many parts the runs are divided.") var parts = 1
    @Option(help: "Examples in a mini-batch.") var batch = 256
    @Option(help: "f32 or bf16.") var precision = Precision.f32
    @Option(help: "NPY to write.") var output: String

    func run() throws {
        let array = try MappedArray<UInt8>(path: pixels)
        let labels = try NPY.read(Int64.self, from: labels).values.map(Int.init)
        let engine = try Engine()
        let plan = (0..<9 * runs).filter { $0 % parts == part }
        var writer = try NPYWriter<UInt8>(path: output, shape: [plan.count, labels.count])
        try array.withUnsafeBufferPointer { pixels in
            let examples = ImageExamples(
                pixels: pixels,
                height: 28,
                width: 28,
                channels: 1,
                mean: [0.1307],
                std: [0.3081]
            )
            for run in plan {
                let ratio = Double(run / runs + 1) / 10
                try writer.append(try outcome(of: run, ratio: ratio, engine, examples, labels))
            }
        }
        _ = try writer.finish()
        try EngineBenchmark.report(["runs": plan.count])
    }

    private func outcome(
        of run: Int,
        ratio: Double,
        _ engine: Engine,
        _ examples: ImageExamples,
        _ labels: [Int]
    ) throws -> [UInt8] {
        var order = Array(labels.indices)
        var random = CounterRandom(seed: UInt64(run), purpose: .shuffling, step: .max)
        random.shuffle(&order)
        var rows = Array(order.prefix(Int(ratio * Double(labels.count))))
        let steps = rows.count / batch
        let rates = LearningRate(
            peak: 0.1,
            course: .cosine,
            warmupFraction: 0.05,
            stepsPerEpoch: steps,
            epochs: epochs
        )
        let model = try Model(
            engine,
            network: Networks.named("mlp")!,
            settings: NetworkSettings(input: examples.shape, classes: 10, options: NetworkOptions(hidden: [512, 256])),
            precision: precision,
            trainingBatches: [batch],
            inferenceBatch: 256,
            seed: UInt64(run)
        )
        for epoch in 0..<epochs {
            var random = CounterRandom(seed: UInt64(run), purpose: .shuffling, step: UInt32(epoch))
            random.shuffle(&rows)
            for step in 0..<steps {
                try model.step(
                    examples,
                    rows: rows[step * batch..<(step + 1) * batch],
                    labels: labels,
                    rate: Float(rates.rate(at: epoch * steps + step)),
                    momentum: 0.9,
                    weightDecay: 0
                )
            }
        }
        var outcome = [UInt8](repeating: 0, count: labels.count)
        try model.infer(examples, rows: labels.indices) { row, logits in
            let predicted = (0..<10).max { logits[$0] < logits[$1] }
            outcome[row] = predicted == labels[row] ? 1 : 0
        }
        for row in rows { outcome[row] = 2 }
        return outcome
    }
}
