import Datasets
import Experiments
import Foundation

/// The ranked issues of a revision, as the reduction wrote them.
struct IssueList: Sendable {
    /// One issue.
    struct Issue: Decodable, Sendable {
        var rank: Int
        var rowIndex: Int
        var type: String
        var label: String?
        var suggestedLabel: String?
        var issueScore: Double?
        var selfConfidence: Double?
        var suggestedProbability: Double?
        var reasons: [String]

        enum CodingKeys: String, CodingKey {
            case rank
            case rowIndex = "row_idx"
            case type
            case label
            case suggestedLabel = "suggested_label"
            case issueScore = "issue_score"
            case selfConfidence = "self_confidence"
            case suggestedProbability = "suggested_probability"
            case reasons
        }

        func document(_ results: Results) throws -> JSON {
            let isImages = results.dataset.manifest.kind == .images
            let data = "/v1/datasets/\(results.job.dataset.id)/examples/\(rowIndex)"
            return [
                "rank": .int(rank), "row_idx": .int(rowIndex), "source": .string(try results.dataset.source(rowIndex)),
                "id": JSON(try results.dataset.id(rowIndex)),
                "split": .string(results.dataset.split(rowIndex).rawValue), "type": .string(type),
                "label": JSON(label), "suggested_label": JSON(suggestedLabel), "issue_score": JSON(issueScore),
                "self_confidence": JSON(selfConfidence), "suggested_probability": JSON(suggestedProbability),
                "reasons": JSON(reasons), "review": .null,
                "image": isImages ? ["src": .string("\(data)/image")] : .null,
                "links": [
                    "example": .string("/v1/jobs/\(results.job.id)/examples/\(rowIndex)"),
                    "page": .string("/jobs/\(results.job.id)/examples/\(rowIndex)"),
                ],
            ]
        }
    }

    let issues: [Issue]
    let summary: [String: JSON]

    init(_ results: Results, _ files: OpenFiles) throws {
        struct Document: Decodable { var issues: [Issue] }
        let decoder = JSONDecoder()
        issues = try decoder.decode(Document.self, from: Data(try files.whole("\(results.folder)/issues.json"))).issues
        summary = try decoder.decode([String: JSON].self, from: Data(try files.whole("\(results.folder)/summary.json")))
    }

    private func field(_ name: String) -> JSON {
        guard case .object(let fields)? = summary["issues"] else { return nil }
        return fields.first { $0.0 == name }?.1 ?? nil
    }

    /// How many labels are wrong in all, by the confident joint, with its interval.
    var estimate: JSON { field("estimated_label_errors") }
    /// What checking the first n would find.
    var reviewCurve: JSON { field("review_curve") }

    func csv(_ results: Results) throws -> [UInt8] {
        var text = CSV.line([
            "rank", "row_idx", "source", "id", "split", "type", "label", "suggested_label", "issue_score",
            "self_confidence", "suggested_probability", "reasons",
        ])
        for issue in issues {
            text += CSV.line([
                "\(issue.rank)", "\(issue.rowIndex)", try results.dataset.source(issue.rowIndex),
                try results.dataset.id(issue.rowIndex) ?? "", results.dataset.split(issue.rowIndex).rawValue,
                issue.type, issue.label ?? "", issue.suggestedLabel ?? "", CSV.cell(JSON(issue.issueScore)),
                CSV.cell(JSON(issue.selfConfidence)), CSV.cell(JSON(issue.suggestedProbability)),
                issue.reasons.joined(separator: " "),
            ])
        }
        return text
    }
}
