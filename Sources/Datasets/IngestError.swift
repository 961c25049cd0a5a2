public import Files
import Tasks

/// Why an upload is not a dataset. The cases carry the facts; `IngestError+Sentences.swift` turns them into words.
public enum IngestError: Error, Hashable, Sendable {
    // What it is
    /// No bytes at all.
    case empty
    /// `format=` names nothing that is read here.
    case unknownFormat(name: String, known: [String])
    /// No format recognises the content. `found` says what it looks like.
    case unrecognised(found: String)

    // Archives
    /// The archive library cannot go on.
    case damagedArchive(reason: String)
    /// An entry that needs a password.
    case encryptedEntry(String)
    /// A link, device, socket or pipe.
    case linkedEntry(String)
    /// An archive inside the archive.
    case nestedArchive(String)
    /// An absolute name, or one that climbs by `..`, or one longer than the limit.
    case unsafeName(String)
    /// Two entries of one name.
    case duplicateName(String)
    /// More entries than the limit.
    case tooManyEntries(limit: Int)
    /// More bytes than the limit when unpacked.
    case unpacksTooLarge(limit: Int)
    /// Unpacks to more than `limit` times its size: a bomb.
    case suspiciousRatio(limit: Int)

    // Pictures
    /// An archive without a single picture.
    case noPictures(otherFiles: Int, first: [String])
    /// Pictures, but none in a folder that could be its class.
    case noClassFolders(first: [String], splits: [String])
    /// Folders with pictures whose names are those of splits and parts, not of classes.
    case partsAsClasses([String])
    /// More than half of the pictures cannot be read.
    case mostPicturesUnreadable(count: Int, total: Int, places: [Place])

    // Arrays
    /// Two names that belong together are not both there.
    case missingArray(wanted: String, available: [String])
    /// An array that cannot be read at all.
    case unreadableArray(name: String, reason: String)
    /// Another shape than needed.
    case arrayShape(name: String, expected: String, got: [Int])
    /// A value that cannot be used; `place` is `name[row]` or `name[row, column]`.
    case arrayValue(place: String, expected: String, got: String)
    /// An array alone, which has no labels.
    case loneArray
    /// An IDX file that is not what its header says.
    case damagedIDX(name: String, expected: String, got: String)
    /// IDX images without labels, labels without images, or more than one of them for one split.
    case unpairedIDX(split: String, images: [String], labels: [String])

    // Tables
    /// A line or cell that cannot be used; `place` is `file.csv:LINE`, with the column where it is one cell.
    case tableRow(place: String, expected: String, got: String)
    /// An archive with several tables that do not belong together.
    case severalTables([String])
    /// A label column of many distinct numbers.
    case quantityTarget(column: String, distinct: Int, isAtLeast: Bool, examples: [String])

    // Labels
    /// Which column has the labels is a question for the sender.
    case labelQuestion(why: String, candidates: [Candidate])
    /// Another number of labels (or ids) than of examples.
    case labelCount(name: String, expected: Int, got: Int)
    /// A target with fractions.
    case continuousTarget(place: String, value: String)
    /// A label that is not in the list of classes.
    case labelOutsideClasses(place: String, got: String, classes: Int)
    /// Class names that cannot be used.
    case badClassNames(name: String, reason: String)
    /// Fewer than two classes among the training examples.
    case oneClass(String?)
    /// More classes than the limit.
    case tooManyClasses(got: Int, limit: Int)

    // Versions
    /// Lines of a table of corrected labels that cannot be used; `places` are the first of them.
    case badCorrections(count: Int, places: [Place])

    // Size
    /// Too few labelled training examples.
    case tooFew(got: Int, needed: Int)
    /// More of something than the limit.
    case tooLarge(what: String, got: Int, limit: Int)

    // Options
    /// `label=` or `id=` names nothing in the upload, or `image_size=` is out of range.
    case badOption(name: String, value: String, expected: String)

    // The machine
    /// The disk refused.
    case files(FilesError)
    /// The output folder is missing or not empty.
    case badOutput(String)
    /// A file of an already ingested dataset is missing or is not what the manifest says.
    case damagedDataset(path: String, reason: String)
    /// A row of features has no picture.
    case noPicture(row: Int)

    /// A column that may have the labels.
    public struct Candidate: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Distinct values.
        public var distinct: Int
        /// The first of them.
        public var examples: [String]

        init(name: String, distinct: Int, examples: [String]) {
            self.name = name
            self.distinct = distinct
            self.examples = examples
        }
    }

    /// A place in the upload and what is wrong there.
    public typealias Place = FailurePlace

    /// What a program tells apart; printed by `plumbline ingest` and part of the API.
    public enum Code: String, Sendable, Codable {
        case badArchive = "BAD_ARCHIVE"
        case badImage = "BAD_IMAGE"
        case badArray = "BAD_ARRAY"
        case badTable = "BAD_TABLE"
        case badLabels = "BAD_LABELS"
        case badCorrections = "BAD_CORRECTIONS"
        case unknownFormat = "UNKNOWN_FORMAT"
        case tooLarge = "TOO_LARGE"
        case tooFew = "TOO_FEW"
        case diskFull = "DISK_FULL"
        case ioError = "IO_ERROR"
    }
}
