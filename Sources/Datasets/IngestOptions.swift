/// What the sender of an upload may say about it.
public struct IngestOptions: Codable, Sendable, Hashable {
    /// The name of a format, where the content must not decide.
    public var format: String?
    /// The array or column that holds the labels.
    public var label: String?
    /// The array or column that holds the ids.
    public var id: String?
    /// `classification` where a label column of many distinct numbers is meant to be classes; `none` where the examples have
    /// no labels.
    public var task: String?
    /// What `task` is where the examples have no labels.
    public static let withoutLabels = "none"
    /// What `task` may be.
    public static let tasks = ["classification", withoutLabels]
    /// The name of the uploaded file as its sender gave it: rows of a table are called after it.
    public var fileName: String?
    /// The path in the uploaded ZIP of an NPY (N, D): what is trained on in place of the examples, which are shown.
    public var features: String?
    /// The longer side, in pixels, that larger pictures are reduced to: 8...64. Nil: 32, and pictures (and image
    /// arrays up to 64) that all have one smaller size stay as they are.
    public var imageSize: Int?
    /// The column that says which rows are for testing; `none` where no column does.
    public var split: String?
    /// Columns that are inputs although they would be left out, comma-separated.
    public var use: String?
    /// Columns that are left out.
    public var ignore: String?
    /// What columns are: `price:number,code:category`.
    public var kinds: String?
    /// Spellings of "no value" besides the usual ones.
    public var missing: String?
    /// Labels that look like "no value" and are classes.
    public var keep: String?
    /// What bounds memory, disk and time; no part of the JSON.
    public var limits = IngestLimits()

    enum CodingKeys: String, CodingKey {
        case format, label, id, task, fileName, features, imageSize, split, use, ignore, kinds, missing, keep
    }

    /// Options; everything nil lets the content decide.
    public init(
        format: String? = nil,
        label: String? = nil,
        id: String? = nil,
        task: String? = nil,
        fileName: String? = nil,
        features: String? = nil,
        imageSize: Int? = nil,
        split: String? = nil,
        use: String? = nil,
        ignore: String? = nil,
        kinds: String? = nil,
        missing: String? = nil,
        keep: String? = nil,
        limits: IngestLimits = IngestLimits()
    ) {
        self.format = format
        self.label = label
        self.id = id
        self.task = task
        self.fileName = fileName
        self.features = features
        self.imageSize = imageSize
        self.split = split
        self.use = use
        self.ignore = ignore
        self.kinds = kinds
        self.missing = missing
        self.keep = keep
        self.limits = limits
    }
}

extension IngestOptions {
    /// The parts of a list between commas, without the spaces around them.
    static func list(_ text: String?) -> [String] {
        text.map { $0.split(separator: ",").map { String($0.trimming { $0 == " " }) } } ?? []
    }

    /// What counts as "no value".
    var nothing: CellNumber.Missing {
        CellNumber.Missing(also: Set(Self.list(missing)), kept: Set(Self.list(keep)))
    }
}

extension Substring {
    /// Without what stands at both ends.
    func trimming(_ isOuter: (Character) -> Bool) -> Substring {
        var text = self
        while let first = text.first, isOuter(first) { text.removeFirst() }
        while let last = text.last, isOuter(last) { text.removeLast() }
        return text
    }
}

/// The bounds of an ingest: each says what it stops.
public struct IngestLimits: Sendable, Hashable {
    /// Entries of an archive: a million empty files cost more time than a picture archive has.
    public var archiveEntries = 1_000_000
    /// Bytes of an archive when unpacked: a bomb that would keep the processor busy for hours.
    public var unpackedBytes = 16 << 30
    /// How many times its own size an archive may unpack to, once past `ratioFreeBytes`.
    public var unpackedRatio = 200
    /// Unpacked bytes below which the ratio does not matter: small text compresses well.
    public var ratioFreeBytes = 64 << 20
    /// Bytes of one picture file, read whole into memory.
    public var pictureFileBytes = 64 << 20
    /// Pixels of one picture, checked before it is decoded: 4 bytes of memory each.
    public var picturePixels = 100_000_000
    /// Bytes of all examples as they are stored, and of any one array as it is read.
    public var exampleBytes = 4 << 30
    /// Examples: every one costs memory for its source and its row.
    public var examples = 5_000_000
    /// Columns of a feature table.
    public var features = 65_536
    /// Classes: evidence has a column for each of them.
    public var classes = 1_000
    /// Labelled training examples, at least: fewer cannot be split.
    public var minimumExamples = 5

    /// The defaults.
    public init() {}

    /// The same for an upload of so many bytes: an archive of photographs, which do not shrink, may be as large as it is.
    package func allowing(upload bytes: Int) -> IngestLimits {
        var limits = self
        limits.unpackedBytes = max(unpackedBytes, 2 * bytes)
        return limits
    }
}
