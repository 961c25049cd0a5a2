import ArgumentParser
import Arrays
import Compute
import Foundation
import Neighbors
import Recipes
import Training

/// Times parts of the engine alone, for `compare.py`, which runs the same work with other people's libraries in turn.
/// Each command prints one line of JSON.
@main
struct EngineBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-benchmark",
        abstract: "Times parts of the engine.",
        subcommands: [TrainingSteps.self, Multiplication.self, Embedding.self, Search.self, ConsistencyProtocol.self]
    )

    static func report(_ values: [String: Any]) throws {
        print(String(decoding: try JSONSerialization.data(withJSONObject: values, options: .sortedKeys), as: UTF8.self))
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        return try clock.measure(body) / .seconds(1)
    }
}

extension Precision: ExpressibleByArgument {}
extension TrainingPath: ExpressibleByArgument {}

/// A network on random pictures or on those of a file.
struct BenchmarkedNetwork: ParsableArguments {
    @Option(help: "The network.") var network = "cnn"
    @Option(help: "Pixels a side.") var side = 28
    @Option(help: "Channels.") var channels = 1
    @Option(help: "Examples in a mini-batch.") var batch = 128
    @Option(help: "Widths of the hidden layers of mlp.") var hidden: String?
    @Option(help: "Peak learning rate.") var rate = 0.02
    @Option(help: "Threads.") var threads = 1
    @Option(help: "f32, f32_library or bf16.") var path = TrainingPath.f32

    var widths: [Int]? { hidden?.split(separator: "-").compactMap { Int($0) } }

    /// Trains for some epochs on pixels (N x H x W x C).
    func trained(_ pixels: UnsafeBufferPointer<UInt8>, labels: [Int], epochs: Int) throws -> (Trainer, ImageExamples) {
        let examples = ImageExamples(
            pixels: pixels,
            height: side,
            width: side,
            channels: channels,
            mean: Array(repeating: 0, count: channels),
            std: Array(repeating: 1, count: channels)
        )
        guard let network = Networks.named(network) else { throw ValidationError("there is no network \(network)") }
        var trainer = try Trainer(
            Engine(threads: threads),
            network: network,
            shape: .image(height: side, width: side, channels: channels),
            classes: (labels.max() ?? 0) + 1,
            options: NetworkOptions(hidden: widths),
            labels: labels,
            heldOut: Array(repeating: false, count: labels.count),
            settings: TrainingSettings(
                epochs: epochs,
                batchSize: batch,
                learningRate: rate,
                precision: path.precision,
                convolution: path.convolution,
                seed: 0
            )
        )
        try trainer.run(on: examples)
        return (trainer, examples)
    }
}

/// `train`: samples a second of training steps, evaluation left out.
struct TrainingSteps: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "train", abstract: "Times training steps.")
    @OptionGroup var options: BenchmarkedNetwork
    @Option(help: "Steps.") var steps = 40

    func run() throws {
        let count = options.batch * steps
        var random = CounterRandom(seed: 1, purpose: .shuffling, step: 0)
        let pixels = (0..<count * options.side * options.side * options.channels).map { _ in
            UInt8(random.next(below: 256))
        }
        let labels = (0..<count).map { _ in Int(random.next(below: 10)) }
        let trainer = try pixels.withUnsafeBufferPointer { try options.trained($0, labels: labels, epochs: 1).0 }
        try EngineBenchmark.report([
            "samples_per_second": Double(count) / trainer.seconds.train,
            // Forward once and backward twice, a multiplication and an addition each: a little too many, as the first layer
            // has no gradient of its source.
            "gigaflops_per_sample": 6e-9 * Double(trainer.model.multiplicationsPerExample),
            "megabytes": Double(trainer.model.byteCount) / 1e6,
            "instruction_set": Engine.instructionSet,
        ])
    }
}

/// `multiply`: what the library's matrix product reaches on one thread, as a measure of what the processor can do.
struct Multiplication: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "multiply", abstract: "Times matrix products.")
    @Option(help: "f32 or bf16.") var precision = Precision.f32
    @Option(help: "Products.") var count = 200

    func run() throws {
        let (rows, columns, inner) = (512, 512, 4096)
        let product = try PackedProduct(Engine(), rows: rows, columns: columns, inner: inner, precision: precision)
        let bytes = max(rows, columns) * inner * MemoryLayout<Float>.stride
        let values = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        defer { values.deallocate() }
        values.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        try product.setMatrix(values)
        _ = try product.multiply(values)
        var best = Double.infinity
        for _ in 0..<5 {
            best = min(best, try EngineBenchmark.seconds { for _ in 0..<count { _ = try product.multiply(values) } })
        }
        let operations = 2 * Double(rows) * Double(columns) * Double(inner) * Double(count)
        try EngineBenchmark.report(["gigaflops": operations / best * 1e-9])
    }
}

/// `embed`: trains on a file and writes the activations of every probe as NPY, N x D.
struct Embedding: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "embed", abstract: "Writes activations.")
    @OptionGroup var options: BenchmarkedNetwork
    @Option(help: "NPY of pixels: N x H x W, uint8.") var pixels: String
    @Option(help: "NPY of labels: N, int64.") var labels: String
    @Option(help: "Folder for {probe}.npy.") var output: String
    @Option(help: "Epochs.") var epochs = 2
    @Option(help: "Probes to write, all if none is given.") var probe: [String] = []

    func run() throws {
        let array = try MappedArray<UInt8>(path: pixels)
        let labels = try NPY.read(Int64.self, from: labels).values.map(Int.init)
        try array.withUnsafeBufferPointer { pixels in
            let (trainer, examples) = try options.trained(pixels, labels: labels, epochs: epochs)
            let model = trainer.model
            for (index, name) in model.probeNames.enumerated() where probe.isEmpty || probe.contains(name) {
                let width = model.probeWidths[index]
                var writer = try NPYWriter<Float>(path: "\(output)/\(name).npy", shape: [labels.count, width])
                let group = 1024
                let values = UnsafeMutablePointer<Float>.allocate(capacity: group * width)
                defer { values.deallocate() }
                for start in stride(from: 0, to: labels.count, by: group) {
                    let rows = Array(start..<min(start + group, labels.count))
                    try model.embed(examples, rows: rows, probes: [index], into: [Rows(values, width: width)])
                    try writer.append(UnsafeBufferPointer(start: values, count: rows.count * width))
                }
                _ = try writer.finish()
            }
            try EngineBenchmark.report(["fit": trainer.dynamics.fit, "probes": model.probeNames])
        }
    }
}

/// `neighbors`: searches a file of activations.
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "neighbors", abstract: "Times a search.")
    @Option(help: "NPY of activations: N x D, float32.") var activations: String
    @Option(help: "How many rows, from the first, are references.") var references: Int
    @Option(help: "How many rows, from the first, are taken at all.") var rows: Int?
    @Option(help: "Neighbours.") var k = 30
    @Option(help: "Bytes of activations in memory.") var memory = 8 << 30
    @Flag(help: "Compare all pairs in full.") var flat = false
    @Flag(help: "Compare in float32 even where bfloat16 is faster.") var single = false
    @Flag(help: "Estimate distances from projections.") var projected = false
    @Flag(help: "Copy rows to memory of the search's own, within its limit, as those are that a worker produces.")
    var fetched = false
    @Option(help: "NPY of labels: N, int64; tells how well projected neighbours vote.") var labels: String?
    @Option(help: "Threads.") var threads = 1
    @Option(help: "Where to write the neighbours: NPY, rows x k, uint32.") var output: String?

    func run() throws {
        let array = try MappedArray<Float>(path: activations)
        let count = rows ?? array.shape[0]
        var search = try NeighborSearch(
            Engine(threads: threads),
            rows: Array(0..<count),
            references: references,
            k: k,
            ties: TieOrder(seed: 0),
            memoryBudget: memory
        )
        search.isPruned = !flat
        search.isSinglePrecision = single
        search.isProjected = projected
        let labels = try labels.map { try NPY.read(Int64.self, from: $0).values.map(Int.init) }
        // In memory before the clock starts, as the rows of an index are that others search.
        let memory = try FloatMemory(count: array.shape.reduce(1, *))
        array.withUnsafeBufferPointer { memory.start.update(from: $0.baseAddress!, count: $0.count) }
        try withExtendedLifetime(memory) {
            let rows = ActivationMatrix(values: UnsafeBufferPointer(memory.floats), width: array.shape[1])
            var found: NearestNeighbors?
            let elapsed = try EngineBenchmark.seconds {
                found =
                    fetched
                    ? try search.nearest(in: FetchedActivations(matrix: rows)) : try search.nearest(in: rows)
            }
            guard let found else { return }
            if let output {
                var writer = try NPYWriter<UInt32>(path: output, shape: [count, k])
                try writer.append(found.positions)
                _ = try writer.finish()
            }
            let pairs = Double(count) * Double(references)
            let agreement = labels.flatMap {
                found.agreement(labels: Array($0.prefix(references)), classes: ($0.max() ?? 0) + 1, among: k)
            }
            try EngineBenchmark.report([
                "same_votes": agreement?.votes ?? -1,
                "same_neighbors": agreement?.neighbors ?? -1,
                "seconds": elapsed,
                "exhaustive_queries": found.exhaustiveQueries,
                "verified_share": found.verifiedPairs.map { Double($0) / pairs } ?? -1,
            ])
        }
    }
}

/// Rows that the search copies to memory of its own, as a worker's does with what a forward pass produces.
private struct FetchedActivations: ActivationSource {
    let matrix: ActivationMatrix
    var width: Int { matrix.width }

    func copy(_ positions: some RandomAccessCollection<Int>, to destination: Rows) throws {
        matrix.copy(positions, to: destination)
    }
}
