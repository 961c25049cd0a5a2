import Arrays
import Files

/// What every format hands over, whatever it came from; rows in the order in which they were found.
struct ParsedDataset {
    /// The format's name.
    var format: String
    /// The inputs.
    var examples: ParsedExamples
    /// One label a row.
    var labels: LabelColumn
    /// Whether a row belongs to the dataset's own test split.
    var isTest: [Bool]
    /// Where each row comes from.
    var sources: [String]
    /// The sender's names for the rows.
    var ids: [String]?
    /// The pictures as they were sent.
    var pictures: ParsedPictures?
    /// The texts of a table.
    var texts: ParsedTexts?
    /// What the columns of features are, where the format knows.
    var columns: FeatureColumns?
    /// Whether the features are an embedding: rows of length 1 whose columns share one scale.
    var isEmbedding = false

    var count: Int { sources.count }

    /// Whether there is anything to train on: the examples of a training log come without their inputs.
    var hasInputs: Bool {
        if case .features(columns: 0, _) = examples { false } else { true }
    }
}

/// Columns of features.
struct FeatureColumns {
    /// One name each, for messages.
    var names: [String]
    /// The deviation that a column is divided by for training, where it is not the measured one.
    var deviations: [Double?]
}

/// The inputs of a dataset.
enum ParsedExamples {
    case images(any ImageRows)
    /// Row by row.
    case features(columns: Int, values: [Float])
}

/// Pictures of one size, one row each.
protocol ImageRows {
    /// Height, width, channels of each.
    var shape: ImageShape { get }
    /// Gives the row's `shape.count` bytes.
    func withRow(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws
}

/// Height x width x channels.
package struct ImageShape: Hashable {
    package var height: Int
    package var width: Int
    package var channels: Int

    package init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    package var count: Int { height * width * channels }
}

/// Pictures that lie in one array.
struct ArrayImageRows: ImageRows {
    var shape: ImageShape
    var pixels: [UInt8]

    func withRow(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        try pixels.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[row * shape.count..<(row + 1) * shape.count]))
        }
    }
}

/// The texts of a table, already written to `texts.bin`.
struct ParsedTexts {
    var about: DatasetManifest.Texts
    /// Where that of each row lies.
    var ranges: [Range<Int>]
    /// The finished file.
    var file: FileDigest
    /// The same, opened.
    var reader: FileReader

    /// The text of a row.
    func text(_ row: Int) throws(IngestError) -> String {
        let range = ranges[row]
        let bytes = try IngestError.translating { try reader.read(at: range.lowerBound, count: range.count) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The original pictures, already written to `pictures.bin` in the order in which they came.
struct ParsedPictures {
    /// Where the file of each row lies in `pictures.bin`.
    var ranges: [Range<Int>]
    /// SHA-256 of size and pixels of each row's picture: what the dataset's digest covers, since PNG bytes may differ
    /// between versions of zlib.
    var digests: [String]
    /// Smallest and largest height x width (by area) as they were sent.
    var smallest: [Int]
    var largest: [Int]
    /// The finished file.
    var file: FileDigest
    /// Height and width of each; nil where they are what a PNG says.
    var sizes: [[Int]]?
    /// Smaller ones for lists; nil where there are none.
    var previews: Previews?

    /// Smaller pictures, already written to `previews.bin`.
    struct Previews {
        /// Where that of each row lies; empty where the picture itself is small.
        var ranges: [Range<Int>]
        /// The finished file.
        var file: FileDigest
    }
}
