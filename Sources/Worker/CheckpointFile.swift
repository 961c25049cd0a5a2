import Arrays
import Files
import Training

/// A member's checkpoint on the disk: an NPZ archive of its arrays with the member's key among them, then 64 hexadecimal
/// digits, the SHA-256 of the archive. A file that was damaged, or is of another member, is never taken for one.
package struct CheckpointFile {
    /// The version of the content that this program writes and reads.
    private static let version: Int64 = 1
    private static let digestCount = 64
    /// Tensors are told from the other arrays by this.
    private static let tensorPrefix = "tensor:"

    private let path: String
    private let key: String
    private let files: Files

    /// - Parameters:
    ///   - path: the file, which need not exist.
    ///   - key: the member's.
    package init(_ path: String, key: String, files: Files) {
        self.path = path
        self.key = key
        self.files = files
    }

    /// Writes a checkpoint durably in the place of an earlier one, which stands until then.
    package func write(_ checkpoint: Checkpoint) throws {
        let output = DigestedOutput(try files.openForWriting(path))
        do {
            var archive = NPZWriter { try output.write($0) }
            func add<Element: ArrayElement>(_ name: String, _ values: [Element]) throws {
                try archive.add(name, NDArray(shape: [values.count], values: values))
            }
            try add("version", [CheckpointFile.version])
            try add("key", Array(key.utf8))
            try add("step", [Int64(checkpoint.step)])
            try add("seconds", [checkpoint.trainSeconds, checkpoint.evaluateSeconds])
            try add("summaries", checkpoint.summaries.flatMap(\.numbers))
            try add("pred", checkpoint.predicted)
            try add("p_label", checkpoint.labelProbability)
            try add("margin", checkpoint.margin)
            try add("loss", checkpoint.loss)
            try add("p_sq", checkpoint.squaredProbabilities)
            try add("init_pred", checkpoint.initialPredicted)
            try add("heldout_logits", checkpoint.heldOutLogits)
            for tensor in checkpoint.tensors {
                try archive.add(
                    CheckpointFile.tensorPrefix + tensor.name,
                    NDArray(shape: tensor.shape, values: tensor.values)
                )
            }
            try archive.finish()
            try output.finish()
        } catch {
            output.abandon()
            throw error
        }
    }

    /// Reads the checkpoint; nil where there is none.
    ///
    /// - Throws: `CheckpointFault` where the file is not a whole checkpoint of this member, `FilesError` where it cannot
    ///   be read.
    package func read() throws -> Checkpoint? {
        guard files.exists(path) else { return nil }
        var bytes = try files.read(path)
        let digest = String(decoding: bytes.suffix(CheckpointFile.digestCount), as: UTF8.self)
        bytes.removeLast(min(CheckpointFile.digestCount, bytes.count))
        guard SHA256Hasher.hash(bytes) == digest else { throw CheckpointFault.damaged }
        let archive = try NPZReader(bytes: bytes, name: path)
        func values<Element: ArrayElement>(_ name: String, as type: Element.Type = Element.self) throws -> [Element] {
            try archive.array(name, as: type).values
        }
        guard try values("version", as: Int64.self) == [CheckpointFile.version] else {
            throw CheckpointFault.otherVersion
        }
        let owner = String(decoding: try values("key", as: UInt8.self), as: UTF8.self)
        guard owner == key else { throw CheckpointFault.otherMember(owner) }
        let step = try values("step", as: Int64.self)
        let seconds = try values("seconds", as: Double.self)
        let numbers = try values("summaries", as: Double.self)
        guard step.count == 1, seconds.count == 2, numbers.count % Dynamics.EpochSummary.numberCount == 0 else {
            throw CheckpointFault.damaged
        }
        return Checkpoint(
            step: Int(step[0]),
            summaries: stride(from: 0, to: numbers.count, by: Dynamics.EpochSummary.numberCount).map {
                Dynamics.EpochSummary(numbers: numbers[$0...])
            },
            trainSeconds: seconds[0],
            evaluateSeconds: seconds[1],
            tensors: try archive.names.filter { $0.hasPrefix(CheckpointFile.tensorPrefix) }.map {
                let array = try archive.array($0, as: Float.self)
                return NamedTensor(
                    name: String($0.dropFirst(CheckpointFile.tensorPrefix.count)),
                    shape: array.shape,
                    values: array.values
                )
            },
            predicted: try values("pred"),
            labelProbability: try values("p_label"),
            margin: try values("margin"),
            loss: try values("loss"),
            squaredProbabilities: try values("p_sq"),
            initialPredicted: try values("init_pred"),
            heldOutLogits: try values("heldout_logits")
        )
    }
}

/// Why a file is not the checkpoint that is looked for.
package enum CheckpointFault: Error, CustomStringConvertible {
    /// Its digest is not that of its content.
    case damaged
    /// Another version of this program wrote it.
    case otherVersion
    /// It belongs to the member of this key.
    case otherMember(String)

    package var description: String {
        switch self {
        case .damaged: "it is damaged"
        case .otherVersion: "another version of the program wrote it"
        case .otherMember(let key): "it belongs to member \(key)"
        }
    }
}

/// A file that ends with the digest of all that comes before.
private final class DigestedOutput {
    private let file: FileWriter
    private var hasher = SHA256Hasher()

    init(_ file: FileWriter) { self.file = file }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try file.write(bytes)
        hasher.update(bytes)
    }

    func finish() throws {
        try file.write(Array(hasher.finish().utf8))
        _ = try file.finish()
    }

    func abandon() { file.abandon() }
}

extension Dynamics.EpochSummary {
    fileprivate static let numberCount = 5

    fileprivate var numbers: [Double] { [trainAccuracy, trainLoss, heldOutAccuracy, heldOutLoss, learningRate] }

    fileprivate init(numbers: ArraySlice<Double>) {
        let first = numbers.startIndex
        self.init(
            trainAccuracy: numbers[first],
            trainLoss: numbers[first + 1],
            heldOutAccuracy: numbers[first + 2],
            heldOutLoss: numbers[first + 3],
            learningRate: numbers[first + 4]
        )
    }
}
