import Datasets
import Experiments
import HTTPServer
import HTTPTypes
package import Tasks

/// What a sender may say of an upload, declared once: the same in the query, in a form, and in the form that brings a job
/// along.
package struct UploadField: Sendable {
    /// Its name in queries and forms.
    package let name: String
    /// What it is, for `openapi.json` and people.
    package let words: String
    /// Its values, as `openapi.json` has them.
    package let schema: JSON
    /// Takes the text of a field; gives what is wrong with it.
    private let take: @Sendable (inout IngestOptions, String) -> String?

    /// All of them.
    package static let all: [UploadField] = [
        .text(
            "format",
            \.format,
            "npz, idx, cifar, folders, jsonl or csv (also TSV); the content decides where missing."
        ),
        .text(
            "label",
            \.label,
            """
            Array or column that holds the labels; of a table without header the number of the column, from 1. Where missing: a \
            column of a usual name (label, target, class, y, ...), else the last or first if it looks like labels; where several \
            fit as well the upload is refused with the candidates.
            """
        ),
        .text("id", \.id, "Array or column that holds ids; where missing, ids of an NPZ and id of a table."),
        .text(
            "task",
            \.task,
            """
            classification: a label column of many distinct numbers is meant to be classes. none: the examples have no labels; \
            the dataset is stored, and jobs that need labels refuse it.
            """,
            choices: IngestOptions.tasks
        ),
        .text(
            "split",
            \.split,
            "Column that says which rows are for testing (train, test, val, ... or true); none where no column does."
        ),
        .text(
            "use",
            \.use,
            "Columns, comma-separated, that are inputs although they would be left out: those that determine the label, ids."
        ),
        .text("ignore", \.ignore, "Columns, comma-separated, that are left out."),
        .text("as", \.kinds, "What columns are: price:number,code:category,remark:text."),
        .text(
            "missing",
            \.missing,
            "Cells, comma-separated, that hold no value besides the usual spellings: -999,unknown."
        ),
        .text("keep", \.keep, "Labels, comma-separated, that look like no value and are classes: NA,-1."),
        .number(
            "image_size",
            \.imageSize,
            "Pixels of the longer side that larger pictures are reduced to for training; 32 where missing.",
            in: 8...64
        ),
    ]

    /// Their names.
    static var names: [String] { all.map(\.name) }

    /// Takes a field of an upload.
    ///
    /// - Returns: false where there is no such field
    /// - Throws: `Problem` 422 where its text cannot be used
    static func take(_ name: String, _ text: String, into options: inout IngestOptions) throws -> Bool {
        guard let field = all.first(where: { $0.name == name }) else { return false }
        guard let wrong = field.take(&options, text) else { return true }
        throw Problem(
            .unprocessableContent,
            detail: "\(name) cannot be \"\(text.prefix(60))\": \(wrong)",
            errorCode: "INVALID_PARAMETER_VALUE",
            errors: [.init(pointer: name, detail: wrong)]
        )
    }

    /// Those that the query of a request says.
    static func options(in request: Request) throws -> IngestOptions {
        var options = IngestOptions()
        for field in all {
            if let text = request.query.first(field.name) { _ = try take(field.name, text, into: &options) }
        }
        return options
    }

    /// A word, or the name of a column.
    private static func text(
        _ name: String,
        _ path: any WritableKeyPath<IngestOptions, String?> & Sendable,
        _ words: String,
        choices: [String]? = nil
    ) -> UploadField {
        let values: JSON = choices.map { ["type": "string", "enum": JSON($0)] } ?? ["type": "string"]
        return UploadField(name: name, words: words, schema: values) { options, text in
            options[keyPath: path] = text
            if text.isEmpty { return "it is empty" }
            if text.utf8.count > 1_000 { return "it is longer than 1,000 bytes" }
            if text.unicodeScalars.contains("\0") { return "it holds a zero byte" }
            guard let choices, !choices.contains(text) else { return nil }
            return "there is only \(choices.map { "\(name)=\($0)" }.joined(separator: ", "))"
        }
    }

    private static func number(
        _ name: String,
        _ path: any WritableKeyPath<IngestOptions, Int?> & Sendable,
        _ words: String,
        in range: ClosedRange<Int>
    ) -> UploadField {
        let values: JSON = ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        return UploadField(name: name, words: words, schema: values) { options, text in
            options[keyPath: path] = Int(text)
            if let number = Int(text), range.contains(number) { return nil }
            return
                "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), got \"\(text.prefix(60))\""
        }
    }
}
