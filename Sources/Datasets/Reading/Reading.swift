/// How an upload was read: every decision, with its reason and what reverses it. Part of the manifest and of the dataset's
/// document; parts that do not apply are nil.
public struct Reading: Sendable, Hashable, Codable {
    /// Where the labels came from.
    public struct Label: Sendable, Hashable, Codable {
        /// How it was found.
        public enum Choice: String, Sendable, Codable {
            /// `label=` says so.
            case named
            /// Its name is one that labels usually have.
            case usualName = "usual_name"
            /// It looks like labels, and is the last column.
            case lastColumn = "last_column"
            /// It looks like labels, and is the first column.
            case firstColumn = "first_column"
            /// Class folders.
            case folder
            /// An array beside the examples.
            case array
            /// A table beside pictures.
            case list
        }

        /// The column or array; nil where folders are the classes.
        public var column: String?
        /// How it was found.
        public var chosen: Choice
        /// Columns that look like labels, the chosen one included.
        public var candidates: [String]
    }

    /// What one column of a table became.
    public struct Column: Sendable, Hashable, Codable {
        /// What a column is for.
        public enum Role: String, Sendable, Codable {
            /// It has the labels.
            case label
            /// Networks see it.
            case input
            /// It names the rows.
            case id
            /// It says which rows are for testing.
            case split
            /// It is left out.
            case ignored
        }

        /// Why a column is left out.
        public enum Reason: String, Sendable, Codable, CaseIterable {
            /// Given its value hardly anything of the label remains unknown.
            case determinesLabel = "determines_label"
            /// It numbers the rows, in any order.
            case rowNumber = "row_number"
            /// Its cells are names of files.
            case fileName = "file_name"
            /// Its cells name parts of the dataset.
            case splitMarker = "split_marker"
            /// It names the rows; another column is the id.
            case id
            /// All cells are the same.
            case constant
            /// It has no cells.
            case empty
            /// Its cells are objects or lists of them.
            case nested
            /// `ignore=` says so.
            case asked

            /// For people: "column 'x': ...".
            var words: String {
                switch self {
                case .determinesLabel: "it determines the label, so it is no input"
                case .rowNumber: "it numbers the rows"
                case .fileName: "its cells are names of files"
                case .splitMarker: "its cells name parts of the dataset"
                case .id: "it names the rows"
                case .constant: "all its cells are the same"
                case .empty: "it has no values"
                case .nested: "its cells are objects or lists of objects"
                case .asked: "it was asked to be left out"
                }
            }
        }

        /// Its name; the number of the column from 1 where the table has no names.
        public var name: String
        /// What it is for.
        public var role: Role
        /// `number`, `category` or `text`; nil where nobody asked.
        public var kind: String?
        /// Cells without a value.
        public var missing: Int
        /// The first values.
        public var examples: [String]
        /// Of an ignored column; `determines_label` also of an input that was asked for all the same.
        public var reason: Reason?
        /// The option that reverses the decision.
        public var undo: String?
    }

    /// One class.
    public struct ClassName: Sendable, Hashable, Codable {
        /// Its name.
        public var name: String
        /// Labelled examples.
        public var count: Int
        /// How it was written, where that was not always the same.
        public var spellings: [String]?
    }

    /// What a folder of an archive means.
    public struct Folder: Sendable, Hashable, Codable {
        /// Its path.
        public var path: String
        /// `passed_over`, `split:train`, `split:test`, `class` or `unlabelled`.
        public var role: String
        /// The class, of class folders.
        public var `class`: String?
    }

    /// How values became pixels.
    public struct Scale: Sendable, Hashable, Codable {
        /// The range of the values that was taken.
        public var from: [Double]
        /// The range of the pixels.
        public var to: [Double]
        /// `as_is`, `rounded` or `stretched`.
        public var rule: String
    }

    /// The name of the format.
    public var format: String?
    /// Of text.
    public var encoding: String?
    /// Of delimited text.
    public var separator: String?
    /// Records, or pictures that could be read.
    public var rows: Int?
    /// Nil where there are no labels.
    public var label: Label?
    /// The column or array of ids.
    public var id: String?
    /// The column, or `folders` or `files`, that says what is for testing.
    public var split: String?
    /// Of tables, the first 2,000.
    public var columns: [Column]?
    /// All of them.
    public var classes: [ClassName]?
    /// The first 2,000.
    public var folders: [Folder]?
    /// Of arrays of pictures that are no bytes.
    public var scale: Scale?

    /// Columns that determine the label and are inputs because the sender asks for them.
    public var leaks: [String] {
        (columns ?? []).filter { $0.role == .input && $0.reason == .determinesLabel }.map(\.name)
    }

    /// Columns, folders at most.
    static let most = 2_000

    init() {}
}
