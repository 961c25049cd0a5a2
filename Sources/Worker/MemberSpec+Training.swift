import Compute
import Recipes
import Tasks
import Training

/// What a specification is to the engine.
extension MemberSpec {
    var inputShape: InputShape {
        get throws(WorkerError) {
            switch (dataset.kind, dataset.shape.count) {
            case (.images, 3):
                .image(height: dataset.shape[0], width: dataset.shape[1], channels: dataset.shape[2])
            case (.features, 1): .features(dataset.shape[0])
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

    /// A trainer of the member.
    ///
    /// - Parameters:
    ///   - labels: a class for each example, -1 where it is missing
    ///   - heldOut: for each example whether it is held out
    func trainer(_ engine: Engine, labels: [Int], heldOut: [Bool]) throws -> Trainer {
        var settings = training
        settings.seed = seed
        return try Trainer(
            engine,
            network: network,
            shape: inputShape,
            classes: dataset.numClasses,
            options: model.options,
            labels: labels,
            heldOut: heldOut,
            settings: settings,
            observe: observe
        )
    }

    /// Checks what the types do not.
    func validate() throws(WorkerError) {
        guard specVersion == MemberSpec.version else {
            throw .badSpec("spec version \(specVersion) is not \(MemberSpec.version)")
        }
        guard training.precision.isNative else {
            throw .badSpec("this processor does not compute in \(training.precision.rawValue)")
        }
        guard (0...255).contains(probes.k) else { throw .badSpec("k is 0 (no probes) to 255, not \(probes.k)") }
        guard (1...65_535).contains(dataset.numClasses), dataset.numExamples > 0 else {
            throw .badSpec("\(dataset.numClasses) classes and \(dataset.numExamples) examples cannot be trained on")
        }
        guard dataset.embedding == nil else { return }
        let columns = dataset.kind == .images ? dataset.shape.last : dataset.shape.first
        guard dataset.mean.count == columns, dataset.std.count == columns, dataset.std.allSatisfy({ $0 > 0 }) else {
            throw .badSpec("mean and std do not fit the shape \(dataset.shape)")
        }
    }
}
