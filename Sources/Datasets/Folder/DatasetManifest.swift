public import Files

/// `manifest.json` of a dataset folder: written last, so a folder that has one is complete.
public struct DatasetManifest: Sendable, Hashable, Codable {
    /// The version of the folder's layout that this code writes and reads.
    public static let currentVersion = 1

    /// What the examples are.
    public enum Kind: String, Sendable, Codable {
        /// N x H x W x C bytes.
        case images
        /// N x D floats.
        case features
    }

    /// Examples of each split.
    public struct Splits: Sendable, Hashable, Codable {
        /// Training examples: the first rows.
        public var train: Int
        /// Test examples: the rows after them.
        public var test: Int

        /// Counts of both splits.
        public init(train: Int, test: Int) {
            self.train = train
            self.test = test
        }
    }

    /// Labelled examples of each class, in the order of `classes`.
    public struct ClassCounts: Sendable, Hashable, Codable {
        /// Of the training split.
        public var train: [Int]
        /// Of the test split.
        public var test: [Int]

        /// Counts of both splits, one a class.
        public init(train: [Int], test: [Int]) {
            self.train = train
            self.test = test
        }
    }

    /// The smallest and largest picture by area, as they were sent: height, width.
    public struct OriginalSizes: Sendable, Hashable, Codable {
        /// Height and width of the smallest.
        public var smallest: [Int]
        /// Height and width of the largest.
        public var largest: [Int]

        /// Two sizes, each height and width.
        public init(smallest: [Int], largest: [Int]) {
            self.smallest = smallest
            self.largest = largest
        }
    }

    /// What makes inputs of mean 0 and deviation 1 over the training split: per channel of value/255 for images, per
    /// column for features. A deviation of 0 is written as 1.
    public struct Normalisation: Sendable, Hashable, Codable {
        /// Means.
        public var mean: [Double]
        /// Population standard deviations.
        public var std: [Double]

        /// One mean and one deviation a channel or column.
        public init(mean: [Double], std: [Double]) {
            self.mean = mean
            self.std = std
        }
    }

    /// Sprite sheets `thumbnails/sheet_0000.png` (or `.jpg`)...: tile i of a sheet is row i / columns, column i % columns.
    public struct Thumbnails: Sendable, Hashable, Codable {
        /// What a sheet is.
        public enum Format: String, Sendable, Codable {
            /// Every pixel as it is.
            case png
            /// Of photographs: a third of the bytes.
            case jpg

            /// For `Content-Type`.
            public var mediaType: String { self == .png ? "image/png" : "image/jpeg" }
        }

        /// What the sheets are; nil: PNG.
        public var format: Format?
        /// Pixels of a tile's side.
        public var tile: Int
        /// Tiles across.
        public var columns: Int
        /// Tiles down.
        public var rows: Int
        /// Number of sheets.
        public var sheets: Int

        /// Sheets of `columns` x `rows` tiles.
        public init(tile: Int, columns: Int, rows: Int, sheets: Int, format: Format? = nil) {
            self.format = format
            self.tile = tile
            self.columns = columns
            self.rows = rows
            self.sheets = sheets
        }

        /// Tiles of one sheet.
        public var tilesPerSheet: Int { columns * rows }
    }

    /// What a table holds of texts, which are kept as they came.
    public struct Texts: Sendable, Hashable, Codable {
        /// The columns that they come from, in the table's order.
        public var columns: [String]
        /// Whether there are no other inputs: then the text is the example.
        public var areAll: Bool
        /// The share of a text's words that are common English ones, on average: see `EnglishShare`.
        public var english: Double

        /// Parameters are those of the properties.
        public init(columns: [String], areAll: Bool, english: Double) {
            self.columns = columns
            self.areAll = areAll
            self.english = english
        }

        enum CodingKeys: String, CodingKey {
            case columns
            case areAll = "are_all"
            case english
        }
    }

    /// How a version differs from the dataset that it was made of.
    public struct Corrections: Sendable, Hashable, Codable {
        /// The digest of that dataset.
        public var parentDigest: String
        /// Examples that have another label.
        public var labelsChanged: Int
        /// Examples that were left out.
        public var examplesExcluded: Int

        /// What differs from the dataset of this digest.
        public init(parentDigest: String, labelsChanged: Int, examplesExcluded: Int) {
            self.parentDigest = parentDigest
            self.labelsChanged = labelsChanged
            self.examplesExcluded = examplesExcluded
        }

        enum CodingKeys: String, CodingKey {
            case parentDigest = "parent_digest"
            case labelsChanged = "labels_changed"
            case examplesExcluded = "examples_excluded"
        }
    }

    /// `currentVersion` when it was written.
    public var manifestVersion: Int
    /// The identity of the dataset: see `DatasetDigest`.
    public var digest: String
    /// The name of the format it came in.
    public var format: String
    /// Images or features.
    public var kind: Kind
    /// N.
    public var numExamples: Int
    /// `[height, width, channels]` or `[columns]`.
    public var shape: [Int]
    /// Class names; a label is a position in this list.
    public var classes: [String]
    /// Examples of each split.
    public var splits: Splits
    /// Labelled examples of each class.
    public var classCounts: ClassCounts
    /// Examples whose label is -1.
    public var missingLabels: Int
    /// Examples that equal an earlier one.
    public var duplicateExamples: Int
    /// Whether `ids.bin` is there.
    public var hasIDs: Bool
    /// Whether `pictures.bin` is there: pictures as they were sent. Otherwise the examples are the pictures.
    public var hasPictures: Bool
    /// Whether every row has a picture for people: images do, and features that came beside pictures.
    public var showsPictures: Bool { kind == .images || hasPictures }
    /// Of pictures only.
    public var originalSizes: OriginalSizes?
    /// Whether jobs can be trained on it; the examples of a training log have no columns.
    public var hasInputs: Bool { shape != [0] }
    /// A name for each column of features, where the format knows them and they are not too many to list.
    public var featureNames: [String]?
    /// The deviation that each column of features is divided by for training where it is not the measured one; nil: all are
    /// measured, or there are more columns than are listed.
    public var fixedDeviations: [Double?]?
    /// Whether the features are an embedding that somebody sent beside the examples: rows of length 1, columns of one scale.
    public var isEmbedding: Bool?
    /// Of tables with text only.
    public var texts: Texts?
    /// For training.
    public var normalisation: Normalisation
    /// For people.
    public var statistics: DatasetStatistics
    /// Of images only.
    public var thumbnails: Thumbnails?
    /// What could be worked around.
    public var warnings: [DatasetWarning]
    /// Every other file of the folder.
    public var files: [String: FileDigest]
    /// Of a version only: what was corrected.
    public var corrections: Corrections?
    /// How the upload was read; nil in manifests of earlier versions.
    public var reading: Reading?

    enum CodingKeys: String, CodingKey {
        case manifestVersion = "manifest_version"
        case digest, format, kind
        case numExamples = "num_examples"
        case shape, classes, splits
        case classCounts = "class_counts"
        case missingLabels = "missing_labels"
        case duplicateExamples = "duplicate_examples"
        case hasIDs = "has_ids"
        case hasPictures = "has_pictures"
        case originalSizes = "original_sizes"
        case featureNames = "feature_names"
        case fixedDeviations = "fixed_deviations"
        case isEmbedding = "is_embedding"
        case texts, normalisation, statistics, thumbnails, warnings, files, corrections, reading
    }
}
