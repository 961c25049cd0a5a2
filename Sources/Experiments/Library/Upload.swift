public import Datasets
public import Recipes

/// How an upload is to be read. Its JSON is flat: what the reader is told stands beside the rest.
public struct UploadOptions: Codable, Hashable, Sendable {
    /// What the reader is told.
    public var reading: IngestOptions
    /// The dataset that the upload corrects, by its id: the upload is a CSV of labels then.
    public var parent: String?
    /// Of a training log: what it is to be read with. What comes of it is evidence of a job, and a dataset only where it
    /// belongs to none.
    public var log: LogUpload?

    private enum CodingKeys: String, CodingKey {
        case parent, log
    }

    /// Parameters are those of the properties.
    public init(_ reading: IngestOptions = IngestOptions(), parent: String? = nil, log: LogUpload? = nil) {
        self.reading = reading
        self.parent = parent
        self.log = log
    }

    /// Reads the flat form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        reading = try IngestOptions(from: decoder)
        parent = try container.decodeIfPresent(String.self, forKey: .parent)
        log = try container.decodeIfPresent(LogUpload.self, forKey: .log)
    }

    /// Writes the flat form.
    public func encode(to encoder: any Encoder) throws {
        try reading.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(parent, forKey: .parent)
        try container.encodeIfPresent(log, forKey: .log)
    }
}

/// How a training log is to be read.
public struct LogUpload: Codable, Hashable, Sendable {
    /// Names the sending: its evidence, and the job that it is for.
    public var token: String
    /// The dataset that its examples belong to, by its id.
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
    /// A new dataset: 201.
    case created(DatasetSummary)
    /// The same data was there already: 200.
    case existing(DatasetSummary)
    /// It is durable and still being parsed: 202.
    case accepted(DatasetSummary)
    /// It cannot be used; nothing was stored: 422.
    case refused(Failure)
}
