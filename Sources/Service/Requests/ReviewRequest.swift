import Experiments
import Foundation
import HTTPServer
import HTTPTypes
import Tasks

/// The body of `PUT /v1/jobs/{id}/reviews/{row_idx}`, checked against the example that it is about.
struct ReviewRequest: Sendable, Hashable {
    var decision: ReviewDecision
    /// The right label; only with `accept`.
    var label: String?

    /// - Parameters:
    ///   - body: the JSON document
    ///   - classes: the dataset's labels
    ///   - suggested: what `accept` without a label takes
    /// - Throws: `Problem` 400 where it is no JSON, `SettingsError` with all that is wrong
    init(_ body: [UInt8], classes: [String], suggested: String?) throws {
        let document = try JSON(body: body, example: "{\"decision\":\"accept\"}")
        var reader = FieldReader(document, at: "")
        let decision = reader.oneOf("decision", ReviewDecision.self)
        var label = reader.string("label")
        if decision == nil, reader.issues.isEmpty {
            let all = ReviewDecision.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            reader.note("decision", "is required: one of \(all)")
        }
        if let decision, decision != .accept, label != nil {
            reader.note("label", "only with \"accept\", which says that another label is right")
        } else if let given = label, !classes.contains(given) {
            reader.note("label", Self.unknown(given, among: classes))
        } else if decision == .accept, label == nil {
            if suggested == nil { reader.note("label", "is required: this example has no suggested label to accept") }
            label = suggested
        }
        let issues = reader.finish()
        guard let decision, issues.isEmpty else { throw SettingsError(issues: issues) }
        self.decision = decision
        self.label = label
    }

    private static func unknown(_ label: String, among classes: [String]) -> String {
        let nearest = classes.min { FieldReader.editDistance(label, $0) < FieldReader.editDistance(label, $1) }
        let shown = classes.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ")
        return "\"\(label.prefix(100))\" is no class of this dataset"
            + (nearest.map { FieldReader.editDistance(label, $0) <= 2 ? "; did you mean \"\($0)\"?" : "." } ?? ".")
            + " Expected one of \(shown)" + (classes.count > 12 ? " and \(classes.count - 12) more" : "")
    }
}
