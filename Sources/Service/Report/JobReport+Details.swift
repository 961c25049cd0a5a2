import Difficulty
import Experiments
import Foundation

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
            shown.picture.map { png in
                .element(
                    "img",
                    [
                        "src": "data:image/png;base64,\(Data(png).base64EncodedString())",
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
        guard let settings = results.job.settings else { return .nothing }
        let groups: [(String, JSON)] =
            if let imported = settings.imported {
                [("log", ["format": .string(imported.format)])]
            } else {
                [
                    ("model", JSON(settings.model, probeCount: probeCount)), ("training", JSON(settings.training)),
                    ("ensemble", JSON(settings.ensemble)), ("probes", JSON(settings.probes)),
                    ("plant", settings.plant.map { JSON($0) } ?? .null),
                ]
            }
        let facts = groups.flatMap { group, value -> [(String, String)] in
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
        let isOfThresholdSamples = results.job.settings?.ensemble.plan == .thresholdSamples
        let training =
            isOfThresholdSamples
            ? "Two networks were trained on all labelled examples, some of which were given a class that does not exist, others "
                + "in each network. An example is flagged whose area under the margin is below the 99th percentile of theirs in "
                + "each network that was given its label."
            : results.job.settings?.imported == nil
                ? "Networks were trained on parts of the data by repeated stratified K-fold, so that each example is judged by "
                    + "networks that never saw it. After training, the nearest neighbours of each example vote for its class at "
                    + "every layer."
                : "The networks were trained elsewhere: the scores are computed from the training log that was sent in, as far as "
                    + "it allows them."
        let depths = [
            "Prediction depth is the first layer from which on these votes agree with the network's own answer: low means "
                + "decided early, easy. The issue score is 1 minus the probability that held-out networks give the label, "
                + "averaged over the run of epochs with the smallest held-out loss. The number of wrong labels is the "
                + "estimate of the confident joint; input_knn is the baseline that needs no training.",
            "Standard errors and reliability are about training again on this data set, not about new data.",
        ]
        let text = [training] + (isOfThresholdSamples ? [] : depths)
        let names =
            isOfThresholdSamples
            ? ["aum_flagged", "aum"]
            : ["prediction_depth_heldout", "issue_score", "consistency", "forgetting_rate", "aum", "input_knn"]
        var references: [String] = []
        for name in names {
            if let reference = ScoreManifest.current[name]?.reference, !references.contains(reference) {
                references.append(reference)
            }
        }
        return .element(
            "section",
            [:],
            [.element("h2", [:], "Method")] + text.map { .element("p", [:], $0) }
                + [.element("h3", [:], "References"), Self.list(references)]
        )
    }
}
