import Arrays
import Datasets
import Experiments
import Foundation
import HTTPServer
import HTTPTypes

/// Which columns and which rows of a job's results an answer shows, and in what order.
struct RowSelection: Sendable {
    /// Shown where a request names none: what a person looks at first.
    static let defaultColumns = [
        "label", "suggested_label", "group", "prediction_depth_heldout", "prediction_depth_heldout_se",
        "prediction_depth_train", "consistency", "forgetting_rate", "issue_score",
    ]

    var columns: [Column]
    var order: (column: Column, descending: Bool)?
    /// The condition that rows must meet, with its text.
    var filter: (text: String, expression: FilterExpression)?

    /// - Throws: `Problem` where a column does not exist
    init(_ request: Request, _ results: Results) throws {
        let asked = request.query.first("columns")
        if asked == "*" {
            columns = results.columns
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
        if let text = request.query.first("where") {
            do {
                filter = (text, try FilterExpression.parse(text))
            } catch {
                throw Self.problem(error)
            }
        }
        if let text = request.query.first("orderby") {
            let (name, descending) = Self.order(text)
            if results.table != nil { order = (try results.column(name), descending) }
        }
    }

    /// The rows that meet the condition, in order; nil for all as they lie.
    ///
    /// - Throws: `Problem` where the condition names no column, or compares it with what it cannot hold
    func rows(_ results: Results) throws -> [Int32]? {
        guard let table = results.table else { return nil }
        let sorted = try order.map { try results.order(table, by: $0.column, descending: $0.descending) }
        guard let filter else { return sorted }
        var key = "where \(filter.text)"
        // Rows chosen by their review are kept only until the next review.
        if key.contains(Column.review.name) { key += "\n\(results.reviews.version)" }
        let matching = try table.kept(key) {
            do {
                let evaluation = FilterEvaluation(count: results.count) { try Self.source($0, results, table) }
                return try evaluation.rows(filter.expression)
            } catch let error as FilterError {
                throw Self.problem(error)
            }
        }
        guard let sorted, let order else { return matching }
        if order.column.isReview { key += "\n\(results.reviews.version)" }
        return try table.kept("\(order.descending ? "-" : "")\(order.column.name) \(key)") {
            var matches = [Bool](repeating: false, count: results.count)
            for row in matching { matches[Int(row)] = true }
            return sorted.filter { matches[Int($0)] }
        }
    }

    /// What a name in a condition stands for: a column, or one of the fields that identify an example.
    private static func source(
        _ name: FilterExpression.Name,
        _ results: Results,
        _ table: ColumnTable
    ) throws -> FilterEvaluation.Source {
        let dataset = results.dataset
        switch name.text {
        case "row_idx": return .numbers { Float($0) }
        case "source": return .texts { try dataset.source($0) }
        case "id" where dataset.manifest.hasIDs: return .texts { try dataset.id($0) }
        case "split": return .texts { dataset.split($0).rawValue }
        default: break
        }
        do {
            let column = try results.column(name.text)
            if column.isReview {
                let codes = results.reviews.codes(count: results.count)
                return .codes({ codes[$0] }, column.categories ?? [])
            }
            if column.isCategory {
                let codes = try table.codes(column.name)
                return .codes({ codes[$0] }, column.categories ?? [])
            }
            let values = try table.floats(column.name)
            return .numbers { values[$0] }
        } catch var problem as Problem {
            problem.detail += " (at character \(name.position + 1) of where)"
            throw problem
        }
    }

    private static func problem(_ error: FilterError) -> Problem {
        Problem(
            .badRequest,
            detail: "where: \(error)",
            errorCode: "INVALID_FILTER",
            errors: [.init(pointer: "where:\(error.position)", detail: error.detail)]
        )
    }

    private static func unknownYet(_ name: String) -> Column {
        name == Column.review.name
            ? .review
            : Column(name: name, dtype: ["label", "suggested_label", "group"].contains(name) ? "category" : "float32")
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
