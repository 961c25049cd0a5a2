import Foundation

/// A line of JSON that a child prints on its standard output. What only one child has to say stands in `values`.
///
/// ```
/// {"fraction":0.4,"phase":"train","t":"progress","values":{"epoch":3}}
/// {"t":"result","values":{"examples_per_second":3400}}
/// {"detail":"goes on from a checkpoint ..","t":"note"}
/// {"t":"preview"}
/// {"code":"BAD_LABELS","detail":"..","errors":[{"detail":"..","pointer":"row 7"}],"t":"failed"}
/// ```
public struct ChildLine: Codable, Sendable {
    /// What a line is.
    public enum Kind: String, Codable, Sendable {
        /// How far the child is.
        case progress
        /// All is done; a manifest proves it.
        case done
        /// Something for the log of the service.
        case note
        /// Evidence of what has been done so far lies beside the task: see `TaskFolder.preview`.
        case preview
        /// What the child was asked to find out.
        case result
        /// It ends without success, and why.
        case failed
    }

    /// What the line is.
    public var t: Kind
    /// What the child is doing.
    public var phase: String?
    /// Share of the whole that is done, 0 to 1.
    public var fraction: Double?
    /// Stable code of a failure.
    public var code: String?
    /// One plain sentence on a failure, or a note for the log.
    public var detail: String?
    /// Places of a failure.
    public var errors: [FailurePlace]?
    /// What else there is to say, by name.
    public var values: JSON?

    /// Parameters are those of the properties.
    public init(
        _ t: Kind,
        phase: String? = nil,
        fraction: Double? = nil,
        code: String? = nil,
        detail: String? = nil,
        errors: [FailurePlace]? = nil,
        values: JSON? = nil
    ) {
        self.t = t
        self.phase = phase
        self.fraction = fraction
        self.code = code
        self.detail = detail
        self.errors = errors
        self.values = values
    }

    /// Reads a line; nil where it is none, which would be a bug of the child: its log keeps what it meant to say.
    public init?(_ line: String) {
        guard let line = try? JSONDecoder().decode(ChildLine.self, from: Data(line.utf8)) else { return nil }
        self = line
    }

    /// The line without its end.
    public var text: String {
        do {
            return try CanonicalJSON.text(self)
        } catch {
            preconditionFailure("strings and finite numbers are always JSON: \(error)")
        }
    }

    /// Prints the line on standard output at once. Where nobody reads any more the parent is gone, and what watches
    /// standard input ends the process.
    public func print() {
        let bytes = Array((text + "\n").utf8)
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// One place where something is wrong: a pointer into a file or request, and what is wrong there.
public struct FailurePlace: Codable, Hashable, Sendable {
    /// The place in the file or request.
    public var pointer: String
    /// What is wrong there.
    public var detail: String

    /// - Parameters:
    ///   - pointer: the place in the file or request
    ///   - detail: what is wrong there
    public init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

/// What the line of a worker that trains says besides: `values` of its progress.
public struct TrainingProgress: Codable, Hashable, Sendable {
    /// The epoch it is in, 1-based.
    public var epoch: Int?
    /// T.
    public var epochs: Int?
    /// Accuracy of the last epoch's observations of the training set.
    public var trainAccuracy: Double?
    /// Held-out accuracy after the last epoch.
    public var heldoutAccuracy: Double?
    /// Epochs that the checkpoint of an earlier attempt spared it; nil where it began anew.
    public var resumedFromEpoch: Int?

    enum CodingKeys: String, CodingKey {
        case epoch, epochs
        case trainAccuracy = "train_accuracy"
        case heldoutAccuracy = "heldout_accuracy"
        case resumedFromEpoch = "resumed_from_epoch"
    }

    /// Parameters are those of the properties.
    public init(
        epoch: Int? = nil,
        epochs: Int? = nil,
        trainAccuracy: Double? = nil,
        heldoutAccuracy: Double? = nil,
        resumedFromEpoch: Int? = nil
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.trainAccuracy = trainAccuracy
        self.heldoutAccuracy = heldoutAccuracy
        self.resumedFromEpoch = resumedFromEpoch
    }
}
