import Datasets
import Difficulty
import Experiments
import Foundation
import Tasks

/// The ranked issues of a revision, as the reduction wrote them, with what its summary says of all of them together.
struct RankedIssues: Sendable {
    let issues: [IssueRecord]
    let summary: [String: JSON]

    init(_ results: Results, _ files: OpenFiles) throws {
        let decoder = JSONDecoder()
        issues = try decoder.decode(IssueList.self, from: Data(try files.whole("\(results.folder)/issues.json"))).issues
        summary = try decoder.decode([String: JSON].self, from: Data(try files.whole("\(results.folder)/summary.json")))
    }

    private func field(_ name: String) -> JSON {
        guard case .object(let fields)? = summary["issues"] else { return nil }
        return fields.first { $0.0 == name }?.1 ?? nil
    }

    /// How many labels are wrong in all, with its interval.
    var estimate: JSON { field("estimated_label_errors") }
    /// What checking the first n would find.
    var reviewCurve: JSON { field("review_curve") }

    func csv(_ results: Results) throws -> [UInt8] {
        var text = CSV.line([
            "rank", "row_idx", "source", "id", "split", "type", "label", "suggested_label", "issue_score",
            "self_confidence", "suggested_probability", "error_probability", "conflicts_with", "reasons",
            "review", "reviewed_label",
        ])
        for issue in issues {
            let review = results.reviews.byRow[issue.rowIndex]
            text += CSV.line([
                "\(issue.rank)", "\(issue.rowIndex)", try results.dataset.source(issue.rowIndex),
                try results.dataset.id(issue.rowIndex) ?? "", results.dataset.split(issue.rowIndex).rawValue,
                issue.type, issue.label, issue.suggestedLabel ?? "", CSV.cell(JSON(issue.issueScore)),
                CSV.cell(JSON(issue.selfConfidence)), CSV.cell(JSON(issue.suggestedProbability)),
                CSV.cell(JSON(issue.errorProbability)), CSV.cell(JSON(issue.conflictsWith)),
                issue.reasons.joined(separator: " "), review?.decision.rawValue ?? "", review?.label ?? "",
            ])
        }
        return text
    }
}

extension JSON {
    /// One entry of `GET /v1/jobs/{id}/issues`.
    init(_ issue: IssueRecord, in results: Results) throws {
        let row = issue.rowIndex
        let isImages = results.dataset.manifest.showsPictures
        self = [
            "rank": .int(issue.rank), "row_idx": .int(row), "source": .string(try results.dataset.source(row)),
            "id": JSON(try results.dataset.id(row)), "split": .string(results.dataset.split(row).rawValue),
            "type": .string(issue.type), "label": .string(issue.label), "suggested_label": JSON(issue.suggestedLabel),
            "issue_score": JSON(issue.issueScore), "self_confidence": JSON(issue.selfConfidence),
            "suggested_probability": JSON(issue.suggestedProbability),
            "error_probability": JSON(issue.errorProbability), "conflicts_with": JSON(issue.conflictsWith),
            "classes": .array(
                issue.classes.map { ["label": .string($0.label), "probability": .double($0.probability)] }
            ),
            "reasons": JSON(issue.reasons), "review": JSON(results.reviews.byRow[row]),
            "image": isImages
                ? ["src": .string("/v1/datasets/\(results.about.id)/examples/\(row)/image")] : .null,
            "links": [
                "example": .string("/v1/jobs/\(results.job.id)/examples/\(row)"),
                "page": .string("/jobs/\(results.job.id)/examples/\(row)"),
            ],
        ]
    }
}
