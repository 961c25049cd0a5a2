import Experiments
import Foundation
import HTTPServer

/// Which columns and which rows of a job's results an answer shows, and in what order.
struct RowSelection: Sendable {
    /// Shown where a request names none: what a person looks at first.
    static let defaultColumns = [
        "label", "suggested_label", "group", "prediction_depth_heldout", "prediction_depth_heldout_se",
        "prediction_depth_train", "consistency", "forgetting_rate", "issue_score",
    ]

    var columns: [Column]
    var order: (column: Column, descending: Bool)?

    /// - Throws: `Problem` where a column does not exist
    init(_ request: Request, _ results: Results) throws {
        let asked = request.query.first("columns")
        if asked == "*" {
            columns = results.table?.columns ?? []
        } else if let asked {
            let names = asked.split(separator: ",").map { Self.unquoted($0.trimmingCharacters(in: .whitespaces)) }
            // Before the first revision every name stands for a column of nulls.
            columns = try names.map { name in
                results.table == nil ? Self.unknownYet(name) : try results.column(name)
            }
        } else {
            columns = Self.defaultColumns.compactMap { name in
                results.table == nil ? Self.unknownYet(name) : results.table?.column(name)
            }
        }
        if let text = request.query.first("orderby") {
            let (name, descending) = Self.order(text)
            if results.table != nil { order = (try results.column(name), descending) }
        }
    }

    private static func unknownYet(_ name: String) -> Column {
        Column(name: name, dtype: ["label", "suggested_label", "group"].contains(name) ? "category" : "float32")
    }

    /// `name`, `-name`, `name DESC` or `"name" DESC`.
    private static func order(_ text: String) -> (name: String, descending: Bool) {
        var name = text.trimmingCharacters(in: .whitespaces)
        var descending = false
        if name.hasPrefix("-") {
            name.removeFirst()
            descending = true
        }
        let lowered = name.lowercased()
        if lowered.hasSuffix(" desc") {
            name.removeLast(5)
            descending = true
        } else if lowered.hasSuffix(" asc") {
            name.removeLast(4)
        }
        return (unquoted(name.trimmingCharacters(in: .whitespaces)), descending)
    }

    private static func unquoted(_ name: String) -> String {
        name.count > 1 && name.hasPrefix("\"") && name.hasSuffix("\"") ? String(name.dropFirst().dropLast()) : name
    }
}
