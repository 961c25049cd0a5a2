import Compute
import Training

import enum Experiments.InputMarginMode
import enum Experiments.NeighborMode

/// `spec.json` of a task folder: everything that the evidence of one member is a function of.
struct WorkerSpec: Codable {
    struct Dataset: Codable {
        /// The data set's folder.
        var directory: String
        /// `images` or `features`.
        var kind: String
        /// H, W, C or D.
        var shape: [Int]
        var numExamples: Int
        var numClasses: Int
        /// Images: by channel, of value / 255. Features: by column.
        var mean: [Double]
        var std: [Double]
    }

    struct Model: Codable {
        var name: String
        var hidden: [Int]?
        var channels: [Int]?
        var dense: Int?
        var norm: String?
        var weightStandardization: Bool?
    }

    struct TrainingPlan: Codable {
        var epochs: Int
        var batchSize: Int
        var learningRate: Double
        var momentum: Double
        var schedule: String
        var warmupFraction: Double
        var weightDecay: Double
        var stepEpochs: [Int]?
        var stepFactor: Double?
        var labelSmoothing: Double?
        var augmentation: AugmentationPlan?
        var precision: String
    }

    struct AugmentationPlan: Codable {
        var padCrop: Int?
        var flip: Bool?
        var cutout: Int?
    }

    struct Probes: Codable {
        var k: Int
        var neighbors: NeighborMode
        /// Nil for no input margins.
        var inputMargin: InputMarginMode?
        var tieSeed: UInt64
    }

    var specVersion: Int
    var key: String
    var dataset: Dataset
    /// Effective labels and mask; relative paths are those in the task folder.
    var labels: String
    var heldOut: String
    var model: Model
    var training: TrainingPlan
    var observe: String
    var probes: Probes
    var seed: UInt64
    var threads: Int

    /// The version of `spec.json` that this program reads.
    static let version = 1

    var inputShape: InputShape {
        get throws(WorkerError) {
            switch (dataset.kind, dataset.shape.count) {
            case ("images", 3):
                .image(height: dataset.shape[0], width: dataset.shape[1], channels: dataset.shape[2])
            case ("features", 1): .features(dataset.shape[0])
            default: throw .badSpec("data of kind \(dataset.kind) and shape \(dataset.shape) cannot be trained on")
            }
        }
    }

    var network: Network {
        get throws(WorkerError) {
            guard let network = Networks.named(model.name) else {
                throw .badSpec("there is no model called \(model.name)")
            }
            return network
        }
    }

    var networkOptions: NetworkOptions {
        get throws(WorkerError) {
            let norm = try model.norm.map { name throws(WorkerError) in
                guard let norm = NetworkOptions.Norm(rawValue: name) else {
                    throw .badSpec("there is no normalisation called \(name)")
                }
                return norm
            }
            return NetworkOptions(
                hidden: model.hidden,
                channels: model.channels,
                dense: model.dense,
                norm: norm,
                weightStandardization: model.weightStandardization
            )
        }
    }

    var settings: TrainingSettings {
        get throws(WorkerError) {
            guard let observing = TrainingSettings.Observing(rawValue: observe) else {
                throw .badSpec("there is no way to observe called \(observe)")
            }
            return TrainingSettings(
                epochs: training.epochs,
                batchSize: training.batchSize,
                learningRate: training.learningRate,
                course: try course,
                warmupFraction: training.warmupFraction,
                momentum: training.momentum,
                weightDecay: training.weightDecay,
                labelSmoothing: training.labelSmoothing ?? 0,
                augmentation: training.augmentation.map {
                    Augmentation(padCrop: $0.padCrop ?? 0, flip: $0.flip ?? false, cutout: $0.cutout ?? 0)
                },
                precision: try precision,
                observing: observing,
                seed: seed
            )
        }
    }

    private var precision: Precision {
        get throws(WorkerError) {
            guard let precision = Precision(rawValue: training.precision) else {
                throw .badSpec("there is no precision called \(training.precision)")
            }
            return precision
        }
    }

    private var course: LearningRate.Course {
        get throws(WorkerError) {
            switch training.schedule {
            case "cosine": .cosine
            case "constant": .constant
            case "one_cycle": .oneCycle
            case "step": .step(epochs: training.stepEpochs ?? [], factor: training.stepFactor ?? 0.1)
            default: throw .badSpec("there is no schedule called \(training.schedule)")
            }
        }
    }

    /// Checks what the types do not.
    func validate() throws(WorkerError) {
        guard specVersion == WorkerSpec.version else {
            throw .badSpec("spec version \(specVersion) is not \(WorkerSpec.version)")
        }
        guard try precision.isNative else {
            throw .badSpec("this processor does not compute in \(training.precision)")
        }
        guard (0...255).contains(probes.k) else { throw .badSpec("k is 0 (no probes) to 255, not \(probes.k)") }
        guard (1...65_535).contains(dataset.numClasses), dataset.numExamples > 0 else {
            throw .badSpec("\(dataset.numClasses) classes and \(dataset.numExamples) examples cannot be trained on")
        }
        let columns = dataset.kind == "images" ? dataset.shape.last : dataset.shape.first
        guard dataset.mean.count == columns, dataset.std.count == columns, dataset.std.allSatisfy({ $0 > 0 }) else {
            throw .badSpec("mean and std do not fit the shape \(dataset.shape)")
        }
    }
}

/// Why a member was not made.
package enum WorkerError: Error, CustomStringConvertible {
    case badSpec(String)
    case badData(String)
    /// It was asked to stop; another attempt goes on from its checkpoint. The epoch under way, while it trained.
    case interrupted(epoch: Int?)

    package var description: String {
        switch self {
        case .badSpec(let detail), .badData(let detail): detail
        case .interrupted(let epoch):
            epoch.map { "the worker was asked to stop in epoch \($0)" } ?? "the worker was asked to stop"
        }
    }
}
