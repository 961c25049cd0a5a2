import Datasets
import Difficulty
import Experiments
import Foundation
import Tasks

/// The sections of details: the first issues, the settings and the method.
extension JobReport {
    var list: HTML {
        guard !issues.isEmpty else {
            return .element(
                "section",
                [:],
                [.element("h2", [:], "Issues"), .element("p", [:], "No label stands out.")]
            )
        }
        return .element(
            "section",
            [:],
            [
                .element("h2", [:], "Issues"),
                .element(
                    "p",
                    ["class": "quiet"],
                    "The first \(first.count) of \(issues.count), most suspicious first. All of them: issues.csv of the job."
                ), .element("ol", ["class": "issues"], zip(issues, first).map { entry($0, $1) }),
            ]
        )
    }

    func entry(_ issue: IssueRecord, _ shown: Shown) -> HTML {
        let picture: HTML =
            shown.picture.map { picture in
                .element(
                    "img",
                    [
                        "src": "data:\(picture.mediaType);base64,\(Data(picture.bytes).base64EncodedString())",
                        "alt": "row \(issue.rowIndex)",
                    ]
                )
            } ?? .nothing
        var labels: [HTML] = [.text("Label "), .name(issue.label)]
        if let suggested = issue.suggestedLabel { labels += [.text(", suggested "), .name(suggested)] }
        return .element(
            "li",
            [:],
            [
                .element("div", [:], [picture]),
                .element(
                    "div",
                    [:],
                    [
                        .element("h3", [:], [.text("\(issue.rank). ")] + labels),
                        .element("p", [:], shown.why ?? issue.reasons.joined(separator: " ")),
                        .element(
                            "p",
                            ["class": "quiet"],
                            [
                                .name(shown.source),
                                .text(
                                    " · \(issue.type) · probability of a wrong label "
                                        + Self.percent(issue.errorProbability)
                                ),
                            ]
                        ),
                    ]
                ),
            ]
        )
    }

    var settings: HTML {
        let facts = results.facts.settings.flatMap { group, value -> [(String, String)] in
            guard case .object(let fields) = value else { return [] }
            return fields.map { name, value in
                let text = String(decoding: value.encoded(), as: UTF8.self).trimmingCharacters(
                    in: .whitespacesAndNewlines
                )
                return ("\(group).\(name)", text)
            }
        }
        return .element("section", [:], [.element("h2", [:], "Settings"), Self.facts(facts)])
    }

    var method: HTML {
        var references: [String] = []
        for name in results.facts.references {
            if let reference = ScoreManifest.current[name]?.reference, !references.contains(reference) {
                references.append(reference)
            }
        }
        return .element(
            "section",
            [:],
            [.element("h2", [:], "Method")] + results.facts.method.map { .element("p", [:], $0) }
                + [.element("h3", [:], "References"), Self.list(references)]
        )
    }
}
