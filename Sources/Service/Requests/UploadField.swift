import Datasets
import Experiments
import HTTPServer
import HTTPTypes

/// What a sender may say of an upload, declared once: the same in the query, in a form, and in the form that brings a job
/// along.
package struct UploadField: Sendable {
    /// Its name in queries and forms.
    let name: String
    /// Takes the text of a field; gives what is wrong with it.
    private let take: @Sendable (inout IngestOptions, String) -> String?

    /// All of them.
    static let all: [UploadField] = [
        .text("format", \.format), .text("label", \.label), .text("id", \.id),
        .text("task", \.task, choices: IngestOptions.tasks), .number("image_size", \.imageSize, in: 8...64),
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
        choices: [String]? = nil
    ) -> UploadField {
        UploadField(name: name) { options, text in
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
        in range: ClosedRange<Int>
    ) -> UploadField {
        UploadField(name: name) { options, text in
            options[keyPath: path] = Int(text)
            if let number = Int(text), range.contains(number) { return nil }
            return
                "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), got \"\(text.prefix(60))\""
        }
    }
}
