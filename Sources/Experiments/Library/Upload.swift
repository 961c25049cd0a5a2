import Files

/// How an upload is to be read; each field may be missing.
public struct UploadOptions: Codable, Hashable, Sendable {
    /// Name of the format; the content decides where missing.
    public var format: String?
    /// Column or array that holds the labels.
    public var label: String?
    /// Column or array that holds ids.
    public var id: String?
    /// `classification` where a label column of many distinct numbers is meant to be classes.
    public var task: String?
    /// Name of the uploaded file as its sender gave it: rows of a table are called after it.
    public var fileName: String?
    /// Path in the uploaded ZIP of an NPY with one row of features an example, to be trained on in place of the pictures.
    public var features: String?
    /// Pixels of the longer side that larger pictures are reduced to for training, 8 to 64.
    public var imageSize: Int?
    /// The data set that the upload corrects, by its id: the upload is a CSV of labels then.
    public var parent: String?
    /// Of a training log: what it is to be read with. What comes of it is evidence of a job, and a data set only where it
    /// belongs to none.
    public var log: LogUpload?

    /// - Parameters:
    ///   - format: name of the format
    ///   - label: column or array that holds the labels
    ///   - id: column or array that holds ids
    ///   - task: `classification` or nil
    ///   - fileName: name of the uploaded file
    ///   - imageSize: pixels of the longer side that larger pictures are reduced to, 8 to 64
    ///   - parent: the data set that the upload corrects
    public init(
        format: String? = nil,
        label: String? = nil,
        id: String? = nil,
        task: String? = nil,
        fileName: String? = nil,
        imageSize: Int? = nil,
        parent: String? = nil
    ) {
        self.format = format
        self.label = label
        self.id = id
        self.task = task
        self.fileName = fileName
        self.imageSize = imageSize
        self.parent = parent
    }

    var arguments: [String] {
        let all = [
            ("--format", format), ("--label", label), ("--id", id), ("--task", task), ("--file-name", fileName),
            ("--features", features), ("--image-size", imageSize.map(String.init)),
        ]
        // With "=", so that a value that starts with a dash is still a value.
        return all.flatMap { name, value in value.map { ["\(name)=\($0)"] } ?? [] }
    }
}

/// How a training log is to be read.
public struct LogUpload: Codable, Hashable, Sendable {
    /// Names the sending: its evidence, and the job that it is for.
    public var token: String
    /// The data set that its examples belong to, by its id.
    public var dataset: String?
    /// When training examples were observed.
    public var observe: Observation?
    /// Neighbours that vote at each layer.
    public var k: Int?

    /// Parameters are those of the properties.
    public init(token: String, dataset: String? = nil, observe: Observation? = nil, k: Int? = nil) {
        self.token = token
        self.dataset = dataset
        self.observe = observe
        self.k = k
    }

    var arguments: [String] {
        ["--token", token] + (observe.map { ["--observe", $0.rawValue] } ?? []) + (k.map { ["--k", "\($0)"] } ?? [])
    }
}

/// What became of an upload.
public enum UploadOutcome: Sendable {
    /// A new data set: 201.
    case created(DatasetSummary)
    /// The same data was there already: 200.
    case existing(DatasetSummary)
    /// It is durable and still being parsed: 202.
    case accepted(DatasetSummary)
    /// It cannot be used; nothing was stored: 422.
    case refused(Failure)
}
