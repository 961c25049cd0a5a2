import Compute
import Foundation
import Neighbors
import Recipes
import Tasks
import Training

/// `plumbline measure`: how fast this machine trains a network, or searches neighbours, in each of the ways that it has.
///
/// A few steps of each, forward, backward and update together, as trained; all of it takes some five seconds at most. What is
/// not reached by then is left out.
public enum PathMeasurement {
    /// Measures, says the rates on standard output, and returns the exit code, as `WorkerChild` does.
    ///
    /// - Parameters:
    ///   - subject: a network's name, or `search`
    ///   - threads: of a worker
    public static func run(_ subject: String, threads: Int) -> Int32 {
        do {
            ChildLine(
                .result,
                values: try JSON(
                    encoding: MachineRates(perSecond: try rates(of: subject, threads: threads, seconds: 4))
                )
            ).print()
            return EX_OK
        } catch {
            let failure = WorkerFailure(error)
            failure.line.print()
            return failure.exitCode
        }
    }

    /// - Parameter seconds: in which the last way is begun at the latest
    package static func rates(of subject: String, threads: Int, seconds: Double) throws -> [String: Double] {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(seconds))
        var rates: [String: Double] = [:]
        if subject == MachineRates.search {
            for way in Precision.allCases where way.isNative && clock.now < end {
                rates[way.rawValue] = try searchRate(way, threads)
            }
            return rates
        }
        guard let network = Networks.named(subject) else {
            throw WorkerError.badSpec("there is no model called \(subject)")
        }
        // What is most often the fastest comes first: there may be no time for the last.
        for path in [TrainingPath.f32, .bf16, .f32Library] where path.precision.isNative && clock.now < end {
            rates[path.rawValue] = try trainingRate(of: network, path, threads, until: end)
        }
        return rates
    }

    private static let enoughSeconds = 0.25
    private static let (warmUpSteps, fewestSteps) = (1, 2)

    /// Examples a second.
    private static func trainingRate(
        of network: Network,
        _ path: TrainingPath,
        _ threads: Int,
        until end: ContinuousClock.Instant
    ) throws -> Double {
        let isTable = ["mlp", "linear"].contains(network.name)
        let batch = isTable ? 128 : network.name == "cnn" ? 64 : ["resnet18", "vgg16"].contains(network.name) ? 16 : 32
        let shape: InputShape =
            isTable
            ? .features(784)
            : network.name == "cnn"
                ? .image(height: 28, width: 28, channels: 1) : .image(height: 32, width: 32, channels: 3)
        let noise = Noise(shape: shape, count: batch)
        let labels = (0..<batch).map { $0 % 10 }
        let model = try Model(
            Engine(threads: threads),
            network: network,
            settings: NetworkSettings(
                input: shape,
                classes: 10,
                options: NetworkOptions(hidden: network.name == "mlp" ? [512, 256] : nil)
            ),
            precision: path.precision,
            convolution: path.convolution ?? .own,
            trainingBatches: [batch],
            inferenceBatch: batch,
            seed: 0
        )
        func step() throws {
            _ = try model.step(
                noise,
                rows: Array(0..<batch)[...],
                labels: labels,
                rate: 0.001,
                momentum: 0.9,
                weightDecay: 0
            )
        }
        // First touches, and what is compiled on the way.
        for _ in 0..<warmUpSteps { try step() }
        let clock = ContinuousClock()
        let begin = clock.now
        var steps = 0
        while steps < fewestSteps || clock.now - begin < .seconds(enoughSeconds) && clock.now < end {
            try step()
            steps += 1
        }
        return Double(steps * batch) / ((clock.now - begin) / .seconds(1))
    }

    /// Rows compared with all others a second: the better of two runs.
    private static func searchRate(_ way: Precision, _ threads: Int) throws -> Double {
        let (rows, width) = (3_000, 2_048)
        let noise = Noise(shape: .features(width), count: rows)
        var search = try NeighborSearch(
            Engine(threads: threads),
            rows: Array(0..<rows),
            references: rows,
            k: 10,
            ties: TieOrder(seed: 0)
        )
        search.isPruned = false
        search.isSinglePrecision = way == .f32
        let clock = ContinuousClock()
        let seconds =
            try (0..<2).map { _ in
                let start = clock.now
                try noise.values.withUnsafeBufferPointer {
                    _ = try search.nearest(in: ActivationMatrix(values: $0, width: width))
                }
                return (clock.now - start) / .seconds(1)
            }.min() ?? 1
        return Double(rows) / seconds
    }

    /// Rows of numbers without meaning.
    private struct Noise: Examples {
        let shape: InputShape
        let count: Int
        let values: [Float]

        init(shape: InputShape, count: Int) {
            (self.shape, self.count) = (shape, count)
            // Marsaglia's xorshift (2003): millions of numbers in no time.
            var state: UInt32 = 2_463_534_242
            values = (0..<count * shape.count).map { _ in
                state ^= state << 13
                state ^= state >> 17
                state ^= state << 5
                return Float(state >> 8) * 0x1p-23 - 1
            }
        }

        func copy(row: Int, to destination: UnsafeMutablePointer<Float>) {
            values.withUnsafeBufferPointer {
                destination.update(from: $0.baseAddress! + row * shape.count, count: shape.count)
            }
        }
    }
}
