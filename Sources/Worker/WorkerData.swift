import Arrays
import Tasks
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
    /// The file of labels where the task folder has its own; nil where it is the dataset's.
    let ownLabelsPath: String?

    init(_ spec: MemberSpec, folder: TaskFolder) throws {
        let count = spec.dataset.numExamples
        let file = "\(spec.dataset.directory)/examples.npy"
        let shape = [count] + spec.dataset.shape
        examples =
            switch try spec.inputShape {
            case .image: .images(try MappedArray(path: file, shape: shape))
            case .features: .features(try MappedArray(path: file, shape: shape))
            }
        labels = try MappedArray<Int32>(path: folder.file(spec.labels), shape: [count]).array().values.map(Int.init)
        ownLabelsPath = spec.labels.hasPrefix("/") ? nil : folder.file(spec.labels)
        heldOutPath = folder.file(spec.heldOut)
        heldOut = try MappedArray<UInt8>(path: heldOutPath, shape: [count]).array().values.map { $0 != 0 }
        guard labels.allSatisfy({ -1..<spec.dataset.numClasses ~= $0 }) else {
            throw WorkerError.badData("a label is not one of the \(spec.dataset.numClasses) classes")
        }
    }

    /// Gives the examples to a body, standardised as the specification says.
    func withExamples<Result>(_ spec: MemberSpec, _ body: (any Examples) throws -> Result) throws -> Result {
        switch examples {
        case .images(let pixels):
            try pixels.withUnsafeBufferPointer {
                try body(
                    ImageExamples(
                        pixels: $0,
                        height: spec.dataset.shape[0],
                        width: spec.dataset.shape[1],
                        channels: spec.dataset.shape[2],
                        mean: spec.dataset.mean,
                        std: spec.dataset.std
                    )
                )
            }
        case .features(let values):
            try values.withUnsafeBufferPointer {
                try body(FeatureExamples(values: $0, mean: spec.dataset.mean, std: spec.dataset.std))
            }
        }
    }
}
