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
        /// Where the dataset has pictures.
        var picture: Dataset.Picture?
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
            var picture: Dataset.Picture?
            if results.dataset.manifest.showsPictures, bytes < Self.pictureBytes {
                let shown = try results.dataset.picture(issue.rowIndex, size: Self.pictureSize)
                bytes += shown.bytes.count
                picture = shown
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
            + "(\(results.facts.model)), \(job.finishedAt == nil ? "submitted" : "finished") "
            + "\(ended.formatted(.iso8601)), plumbline \(version)"
        return .element(
            "header",
            [:],
            [
                .element("p", ["class": "quiet"], [.text("Report on the labels of "), .name(results.about.name)]),
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
        if found.estimatedLabelErrors != nil || found.total > 0 {
            let count =
                found.estimatedLabelErrors.map { estimate in
                    let interval = estimate.interval.map { "\(Int($0.rounded()))" }.joined(separator: " and ")
                    return
                        "About \(Int(estimate.value.rounded())) labels are probably wrong, between \(interval) (as many as "
                        + "disagree with the networks where these are surest). "
                } ?? "How many labels are wrong cannot be told: the networks know too little for that. "
            parts.append(
                .element(
                    "p",
                    [:],
                    count + "The list has \(found.total) suspects: "
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
}
