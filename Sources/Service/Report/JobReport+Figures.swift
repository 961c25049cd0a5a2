import Difficulty

/// The sections of figures: difficulty, and what planted labels measured.
extension JobReport {
    var charts: HTML {
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

    var calibration: HTML {
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
}
