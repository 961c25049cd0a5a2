/// Something in an upload that could be worked around, with how often and where first.
public struct DatasetWarning: Sendable, Hashable, Codable {
    /// For programs: the raw value of a `DatasetWarning.Code`.
    public var code: String
    /// One plain sentence.
    public var detail: String
    /// How many examples (files, arrays, columns) it is about.
    public var count: Int
    /// The first few places.
    public var places: [String]

    /// A warning.
    public init(code: String, detail: String, count: Int, places: [String]) {
        self.code = code
        self.detail = detail
        self.count = count
        self.places = places
    }

    /// The kinds of warnings. `sentence` is the one place where they become words.
    public enum Code: String, Sendable, CaseIterable, Comparable {
        case unreadableImage = "unreadable_image"
        case damagedImage = "damaged_image"
        case otherFiles = "other_files"
        case noClassFolder = "no_class_folder"
        case reducedImages = "reduced_images"
        case paddedImages = "padded_images"
        case rescaledPixels = "rescaled_pixels"
        case flattenedFeatures = "flattened_features"
        case missingValues = "missing_values"
        case missingCategories = "missing_categories"
        case missingLabels = "missing_labels"
        case joinedClasses = "joined_classes"
        case ignoredColumns = "ignored_columns"
        case leakingColumns = "leaking_columns"
        case leaksAskedFor = "leaks_asked_for"
        case spelledNumbers = "spelled_numbers"
        case unreadNumbers = "unread_numbers"
        case digitsAsText = "digits_as_text"
        case trimmedLabels = "trimmed_labels"
        case joinedSpellings = "joined_spellings"
        case similarClasses = "similar_classes"
        case joinedLists = "joined_lists"
        case notUTF8 = "not_utf8"
        case minusOneIsClass = "minus_one_is_a_class"
        case classWithOneExample = "class_with_one_example"
        case classWithoutTraining = "class_without_training_examples"
        case duplicateExamples = "duplicate_examples"
        case conflictingDuplicates = "conflicting_duplicates"
        case constantFeatures = "constant_features"
        case unusedArrays = "unused_arrays"
        case ignoredOption = "ignored_option"

        /// `count` things happened; `note` is what the reader of the format adds.
        func sentence(_ count: Int, _ note: String) -> String {
            let one = count == 1
            func plural(_ singular: String, _ plural: String? = nil) -> String {
                "\(count) \(one ? singular : plural ?? singular + "s")"
            }
            let were = one ? "was" : "were"
            return switch self {
            case .unreadableImage: "\(plural("picture")) could not be read and \(were) left out"
            case .damagedImage: "\(plural("picture")) \(one ? "is" : "are") damaged but could be read"
            case .otherFiles: "\(plural("file")) \(one ? "is" : "are") not part of the dataset and \(were) left out"
            case .noClassFolder: "\(plural("picture")) \(one ? "is" : "are") in no class folder and \(were) left out"
            case .reducedImages:
                "\(plural("picture")) \(were) reduced by area averaging\(note), aspect kept; a pretrained network sees \(one ? "it as it" : "them as they") came"
            case .paddedImages: "\(plural("picture")) \(were) padded with black\(note)"
            case .rescaledPixels: "the pixels of \(plural("array")) were rescaled to 0..255\(note)"
            case .flattenedFeatures: "\(plural("array")) \(were) flattened to rows of features\(note)"
            case .missingValues: "\(plural("missing value")) \(were) replaced by the training mean of the column"
            case .missingCategories:
                "\(plural("cell")) of categories or text \(one ? "is" : "are") empty: a category of \(one ? "its" : "their") own"
            case .joinedClasses:
                "\(plural("class", "classes")) of the test rows \(one ? "has" : "have") a full stop that no training label has"
            case .leakingColumns:
                "\(plural("column")) \(one ? "determines" : "determine") the label and \(were) not used as \(one ? "an input" : "inputs")"
            case .leaksAskedFor:
                "\(plural("column")) that \(one ? "determines" : "determine") the label \(one ? "is an input" : "are inputs") because use= says so"
            case .spelledNumbers:
                "\(plural("column")) of numbers \(one ? "is" : "are") spelled in a way of \(one ? "its" : "their") own"
            case .unreadNumbers:
                "\(plural("cell")) in columns of numbers \(one ? "is no number and was" : "are no numbers and were") read as missing"
            case .digitsAsText: "\(plural("column")) \(were) read as text although most cells have digits"
            case .trimmedLabels:
                "\(plural("label")) \(one ? "has" : "have") spaces around \(one ? "it" : "them"), which are no part of the class"
            case .joinedSpellings:
                "\(plural("class", "classes")) \(one ? "is" : "are") written as a number in several ways, which are one class"
            case .similarClasses:
                "\(plural("class", "classes")) \(one ? "differs" : "differ") from another only in case or in the form of letters"
            case .joinedLists: "\(plural("list")) of several texts \(were) joined by spaces"
            case .ignoredColumns: "\(plural("column")) \(were) not used as \(one ? "an input" : "inputs")"
            case .notUTF8: "\(plural("file")) \(one ? "is" : "are") not UTF-8 and \(were) read as Windows-1252"
            case .missingLabels: "\(plural("example")) \(one ? "has" : "have") no label\(note)"
            case .minusOneIsClass: "the labels are -1 and 1, so -1 is taken as a class, not as a missing label"
            case .classWithOneExample: "\(plural("class", "classes")) \(one ? "has" : "have") only one training example"
            case .classWithoutTraining: "\(plural("class", "classes")) \(one ? "has" : "have") no training example"
            case .duplicateExamples: "\(plural("example")) \(one ? "equals" : "equal") an earlier one"
            case .conflictingDuplicates:
                "\(plural("example")) \(one ? "equals" : "equal") an earlier one but \(one ? "has" : "have") another label"
            case .constantFeatures: "\(plural("column")) \(one ? "is" : "are") constant over the training examples"
            case .unusedArrays: "\(plural("array")) \(were) not used"
            case .ignoredOption:
                "\(plural("option")) \(one ? "has" : "have") no meaning for this format and \(were) ignored"
            }
        }

        /// The order in which they are told: that of the cases.
        public static func < (one: Code, other: Code) -> Bool {
            allCases.firstIndex(of: one)! < allCases.firstIndex(of: other)!
        }
    }
}

/// Gathers warnings: counts everything, keeps the first few places.
struct WarningLog: Sendable {
    static let placesKept = 5

    private struct Entry {
        var count = 0
        var places: [String] = []
        var note = ""
    }

    private var entries: [DatasetWarning.Code: Entry] = [:]

    /// Notes one occurrence (or `count` of them at one place). `note` ends the sentence of the last one noted.
    mutating func add(_ code: DatasetWarning.Code, at place: String? = nil, count: Int = 1, note: String = "") {
        var entry = entries[code] ?? Entry()
        entry.count += count
        if let place, entry.places.count < Self.placesKept { entry.places.append(place) }
        if !note.isEmpty { entry.note = note }
        entries[code] = entry
    }

    /// The places noted first for one kind.
    func places(_ code: DatasetWarning.Code) -> [String] { entries[code]?.places ?? [] }

    /// All of them, in the order of `DatasetWarning.Code`.
    var warnings: [DatasetWarning] {
        entries.sorted { $0.key < $1.key }.map { code, entry in
            DatasetWarning(
                code: code.rawValue,
                detail: code.sentence(entry.count, entry.note),
                count: entry.count,
                places: entry.places
            )
        }
    }
}
