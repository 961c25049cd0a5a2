import Arrays
import Training

/// What a member is trained on, checked against the specification.
struct WorkerData {
    enum Content {
        case images(MappedArray<UInt8>)
        case features(MappedArray<Float>)
    }

    let examples: Content
    /// Class of each example, -1 where it is missing.
    let labels: [Int]
    let heldOut: [Bool]
    let heldOutPath: String

    init(_ spec: WorkerSpec, taskFolder: String) throws {
        func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(taskFolder)/\(name)" }
        let count = spec.dataset.numExamples
        let file = "\(spec.dataset.directory)/examples.npy"
        let shape = [count] + spec.dataset.shape
        examples =
            switch try spec.inputShape {
            case .image: .images(try MappedArray(path: file, shape: shape))
            case .features: .features(try MappedArray(path: file, shape: shape))
            }
        labels = try MappedArray<Int32>(path: path(spec.labels), shape: [count]).array().values.map(Int.init)
        heldOutPath = path(spec.heldOut)
        heldOut = try MappedArray<UInt8>(path: heldOutPath, shape: [count]).array().values.map { $0 != 0 }
        guard labels.allSatisfy({ -1..<spec.dataset.numClasses ~= $0 }) else {
            throw WorkerError.badData("a label is not one of the \(spec.dataset.numClasses) classes")
        }
    }
}
