import Datasets
import Difficulty
import Experiments
import Foundation

/// The findings of a job on one page that needs nothing else: to be mailed, printed and kept.
struct JobReport: Sendable {
    let results: Results
    let summary: ScoreSummary
    let issues: [IssueRecord]
    /// What is shown of each of the first issues.
    let first: [Shown]
    /// P of the network.
    let probeCount: Int
    /// The program's version.
    let version: String

    /// An issue with what does not stand in its record.
    struct Shown: Sendable {
        var source: String
        /// The sentence about it.
        var why: String?
        /// PNG, where the data set has pictures.
        var picture: [UInt8]?
    }

    /// Issues that are shown with their pictures.
    private static let shownIssues = 24
    /// Bytes of pictures after which the rest is left out.
    private static let pictureBytes = 8 << 20
    /// Pixels of a picture's longer side.
    private static let pictureSize = 128

    /// - Throws: `Problem` where the job has no results yet
    init(_ results: Results, _ files: OpenFiles, probeNames: [String], version: String) throws {
        _ = try results.requireTable()
        self.results = results
        self.version = version
        probeCount = probeNames.count
        summary = try JSONDecoder().decode(
            ScoreSummary.self,
            from: Data(try files.whole("\(results.folder)/summary.json"))
        )
        issues = try RankedIssues(results, files).issues
        var bytes = 0
        first = try issues.prefix(Self.shownIssues).map { issue in
            let example = ExampleReport(
                results: results,
                row: issue.rowIndex,
                probeNames: probeNames,
                files: files,
                members: []
            )
            var picture: [UInt8]?
            if results.dataset.manifest.showsPictures, bytes < Self.pictureBytes {
                let png = try results.dataset.thumbnailPNG(issue.rowIndex, size: Self.pictureSize)
                bytes += png.count
                picture = png
            }
            return Shown(
                source: try results.dataset.source(issue.rowIndex),
                why: try example.why(),
                picture: picture
            )
        }
    }

    /// The page.
    var document: [UInt8] {
        HTML.document(
            language: "en",
            head: [
                .element("meta", ["charset": "utf-8"]),
                .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
                .element("title", [:], "\(results.job.name): report"),
                .style(ReportStyle.sheet),
            ],
            body: [heading, trust, errors, charts, calibration, list, settings, method]
        )
    }

    // MARK: Sections

    private var heading: HTML {
        let job = results.job
        let ended = job.finishedAt ?? job.createdAt
        let facts =
            "\(summary.evidence.examples) examples, \(summary.evidence.classes) classes, \(summary.members.used) networks "
            + "(\(job.settings?.model.name ?? "unknown")), \(job.finishedAt == nil ? "submitted" : "finished") "
            + "\(ended.formatted(.iso8601)), plumbline \(version)"
        return .element(
            "header",
            [:],
            [
                .element("p", ["class": "quiet"], [.text("Report on the labels of "), .name(job.dataset.name)]),
                .element("h1", [:], [.name(job.name)]), .element("p", ["class": "quiet"], facts),
                job.isPartial
                    ? .element(
                        "p",
                        ["class": "notice"],
                        "Partial results, from \(job.revisionMembers) of \(job.members.total) networks: the job is "
                            + "\(job.state.rawValue)."
                    ) : .nothing,
            ]
        )
    }

    private var trust: HTML {
        let accuracy = summary.accuracy
        let title = ["good": "You can rely on this ranking", "weak": "Take this ranking with care"][summary.trust.level]
        let facts = [
            ("Held-out accuracy of the networks", Self.percent(accuracy.heldout, accuracy.heldoutInterval)),
            ("Nearest neighbours in input space (input_knn)", Self.percent(accuracy.inputKNN)),
            ("Always the most frequent class", Self.percent(accuracy.majorityClass)),
            ("Fit of the training labels", Self.percent(summary.fit)),
            ("Reliability of the order", Self.decimal(summary.trust.reliability)),
        ]
        return .element(
            "section",
            [:],
            [
                .element("h2", [:], "How far to trust it"),
                .element(
                    "div",
                    ["class": "verdict \(summary.trust.level)"],
                    [
                        .element("h3", [:], "\(title ?? "Do not rely on this ranking") (\(summary.trust.level))"),
                        Self.list(summary.trust.reasons),
                    ]
                ), Self.facts(facts), Self.list(summary.warnings.map(\.detail)),
            ]
        )
    }

    private var errors: HTML {
        guard let found = summary.issues else { return .nothing }
        var parts: [HTML] = [.element("h2", [:], "Wrong labels")]
        if let estimate = found.estimatedLabelErrors {
            let interval = estimate.interval.map { "\(Int($0.rounded()))" }.joined(separator: " and ")
            parts.append(
                .element(
                    "p",
                    [:],
                    "About \(Int(estimate.value.rounded())) labels are probably wrong, between \(interval) (confident joint). "
                        + "The list has \(found.total) suspects: "
                        + found.byType.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map {
                            "\($0.value) \($0.key)"
                        }.joined(
                            separator: ", "
                        )
                        + "."
                )
            )
        }
        if found.reviewCurve.count > 1 {
            let points = found.reviewCurve.map { point in
                Chart.Point(
                    place: "\(point.first)",
                    value: point.expected,
                    interval: [point.lo, point.hi],
                    note: "first \(point.first): \(Self.decimal(point.expected)) errors expected"
                )
            }
            parts.append(
                Self.figure(
                    "What a review finds: errors to expect among the first examples of the list",
                    Chart(
                        kind: .line,
                        label: "Review curve",
                        axis: "examples checked",
                        points: points,
                        format: { "\(Int($0.rounded()))" }
                    )
                )
            )
        }
        return .element("section", [:], parts)
    }

    private var charts: HTML {
        let percent: @Sendable (Double) -> String = { "\(Int(($0 * 100).rounded())) %" }
        var figures: [HTML] = []
        let bins = summary.accuracyByDepth.filter { $0.n > 0 }
        if !bins.isEmpty {
            let points = bins.map { bin in
                Chart.Point(
                    place: "\(Int(bin.from))",
                    value: bin.accuracy,
                    interval: bin.interval,
                    note: "depth from \(Int(bin.from)): \(Self.percent(bin.accuracy)) of \(bin.n) examples"
                )
            }
            figures.append(
                Self.figure(
                    "Held-out accuracy by prediction depth, with 95 % intervals",
                    Chart(
                        kind: .bars,
                        label: "Accuracy by depth",
                        axis: "held-out depth, layers",
                        points: points,
                        top: 1,
                        format: percent
                    )
                )
            )
        }
        if !summary.probeAccuracy.isEmpty {
            let points = summary.probeAccuracy.map { probe in
                Chart.Point(
                    place: probe.name,
                    value: probe.heldout,
                    note: "\(probe.name): \(Self.percent(probe.heldout))"
                )
            }
            figures.append(
                Self.figure(
                    "Held-out accuracy of the nearest neighbours at each layer",
                    Chart(
                        kind: .line,
                        label: "Probe accuracy by layer",
                        axis: "layer",
                        points: points,
                        top: 1,
                        format: percent
                    )
                )
            )
        }
        if let depths = summary.histograms["prediction_depth_heldout"], !depths.counts.isEmpty {
            let points = depths.counts.enumerated().map { index, count in
                Chart.Point(
                    place: Self.decimal(depths.edges[index]),
                    value: Double(count),
                    note:
                        "\(Self.decimal(depths.edges[index])) to \(Self.decimal(depths.edges[index + 1])): \(count) examples"
                )
            }
            figures.append(
                Self.figure(
                    "Prediction depth, held out; \(depths.undefined) examples have none",
                    Chart(
                        kind: .bars,
                        label: "Histogram of prediction depth",
                        axis: "held-out depth, layers",
                        points: points,
                        format: { "\(Int($0.rounded()))" }
                    )
                )
            )
        }
        guard !figures.isEmpty else { return .nothing }
        return .element(
            "section",
            [:],
            [.element("h2", [:], "Difficulty"), .element("div", ["class": "charts"], figures)]
        )
    }

    private var calibration: HTML {
        guard let calibration = summary.calibration else { return .nothing }
        func role(_ score: ScoreSummary.CalibratedScore) -> String {
            score.isBaseline ? " (baseline)" : score.score == calibration.chosen?.score ? " (chosen)" : ""
        }
        let rows = calibration.scores.map { score in
            HTML.element(
                "tr",
                [:],
                [.element("td", [:], [.element("code", [:], score.score), .text(role(score))])]
                    + [
                        Self.decimal(score.auroc), Self.decimal(score.averagePrecision), Self.percent(score.precision),
                        Self.percent(score.recall),
                    ].map { .element("td", ["class": "n"], $0) }
            )
        }
        let heads = ["AUROC", "Average precision", "Precision", "Recall"].map { HTML.element("th", ["class": "n"], $0) }
        return .element(
            "section",
            [:],
            [.element("h2", [:], "Measured by planted labels")] + calibration.sentences.map { .element("p", [:], $0) }
                + [
                    .element(
                        "table",
                        [:],
                        [
                            .element(
                                "caption",
                                [:],
                                "\(calibration.planted) labels were replaced by wrong ones in a copy. Precision and recall of the "
                                    + "\(calibration.plantedChecking) most suspect of \(calibration.examplesChecking) examples "
                                    + "that had no part in the choice of score and cut."
                            ), .element("thead", [:], [.element("tr", [:], [.element("th", [:], "Score")] + heads)]),
                            .element("tbody", [:], rows),
                        ]
                    )
                ]
        )
    }

    private var list: HTML {
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

    private func entry(_ issue: IssueRecord, _ shown: Shown) -> HTML {
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

    private var settings: HTML {
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

    private var method: HTML {
        let training =
            results.job.settings?.imported == nil
            ? "Networks were trained on parts of the data by repeated stratified K-fold, so that each example is judged by "
                + "networks that never saw it. After training, the nearest neighbours of each example vote for its class at "
                + "every layer."
            : "The networks were trained elsewhere: the scores are computed from the training log that was sent in, as far as "
                + "it allows them."
        let text = [
            training,
            "Prediction depth is the first layer from which on these votes agree with the network's own answer: low means "
                + "decided early, easy. The issue score is 1 minus the probability that held-out networks give the label, "
                + "averaged over the run of epochs with the smallest held-out loss. The number of wrong labels is the "
                + "estimate of the confident joint; input_knn is the baseline that needs no training.",
            "Standard errors and reliability are about training again on this data set, not about new data.",
        ]
        let names = ["prediction_depth_heldout", "issue_score", "consistency", "forgetting_rate", "aum", "input_knn"]
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

    // MARK: Pieces

    private static func figure(_ caption: String, _ chart: Chart) -> HTML {
        .element("figure", [:], [.element("figcaption", [:], caption), chart.svg])
    }

    private static func list(_ texts: [String]) -> HTML {
        texts.isEmpty ? .nothing : .element("ul", [:], texts.map { .element("li", [:], $0) })
    }

    private static func facts(_ facts: [(String, String)]) -> HTML {
        .element("dl", [:], facts.flatMap { [.element("dt", [:], $0.0), .element("dd", [:], $0.1)] })
    }

    private static func decimal(_ value: Double?, digits: Int = 2) -> String {
        guard let value else { return "–" }
        return value.formatted(
            .number.precision(.fractionLength(0...digits)).grouping(.never).locale(Locale(identifier: "en"))
        )
    }

    private static func percent(_ value: Double?, _ interval: [Double]? = nil) -> String {
        guard let value else { return "–" }
        func text(_ share: Double) -> String { "\(decimal(share * 100, digits: 1)) %" }
        guard let interval, interval.count == 2 else { return text(value) }
        return "\(text(value)) (\(text(interval[0])) to \(text(interval[1])))"
    }
}
