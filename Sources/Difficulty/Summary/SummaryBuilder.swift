import Arrays
import Recipes
import Tasks

/// Builds `ScoreSummary` from the columns and the evidence.
struct SummaryBuilder {
    let evidence: EvidenceSet
    let job: JobFacts
    let table: ColumnTable
    let finder: IssueFinder?
    let curve: ReviewCurve?
    let reliability: Reliability
    let scores: [ScoreDescription]
    let influence: InfluenceSummary?

    /// Larger matrices are no use to a reader and megabytes to a browser.
    private static let mostConfusionClasses = 100

    func summary(seconds: Double) -> ScoreSummary {
        let counts = AccuracyCounts(evidence)
        let accuracy = accuracy(counts)
        // Networks that were taught a fake class are not judged by how well they learned it.
        let fits = isOfThresholdSamples ? [] : evidence.members.compactMap { $0.manifest.result.fit }
        let fit = fits.isEmpty ? nil : fits.reduce(0, +) / Double(fits.count)
        let members = ScoreSummary.Members(
            total: evidence.spec.membersTotal,
            used: evidence.members.count,
            excluded: evidence.spec.membersExcluded ?? 0
        )
        let calibration = SelfCalibration(evidence, table: table)?.summary()
        let verdict =
            isOfThresholdSamples
            ? TrustVerdict(thresholds: table.thresholds, of: members)
            : TrustVerdict(
                accuracy: accuracy,
                fit: fit,
                reliability: reliability,
                members: members,
                rounds: rounds,
                calibration: calibration
            )
        let issueReliability = reliability.scores["issue_score"]
        let notInterpolated = (fit ?? 1) < TrustVerdict.fit.interpolated
        let curves = isOfThresholdSamples ? nil : LearningCurveMean(evidence).curves
        return ScoreSummary(
            partial: evidence.spec.partial,
            members: members,
            evidence: facts,
            tStar: job.tStar.map {
                .init(epoch: $0.epoch, fromEpoch: $0.firstEpoch, epochs: $0.epochs, heldoutLoss: $0.losses)
            },
            accuracy: accuracy,
            accuracyByTrainRatio: accuracyByTrainRatio,
            fit: fit,
            notInterpolated: notInterpolated,
            trust: .init(
                level: verdict.level.name,
                heldoutAccuracy: accuracy.heldout,
                majorityClass: accuracy.majorityClass,
                inputKNNAccuracy: accuracy.inputKNN,
                fit: fit,
                reliability: issueReliability?.spearmanBrown,
                top5: issueReliability?.top5,
                reasons: verdict.reasons
            ),
            histograms: histograms,
            accuracyByDepth: accuracyByDepth,
            probeAccuracy: zip(evidence.probeNames, counts.probes).enumerated().map { index, probe in
                .init(
                    probe: index,
                    name: probe.0,
                    heldout: AccuracyCounts.share(probe.1.heldOut),
                    train: AccuracyCounts.share(probe.1.train),
                    agreement: AccuracyCounts.share(probe.1.agreement),
                    projectedVotes: projected(index, \.votes),
                    projectedNeighbors: projected(index, \.neighbors)
                )
            },
            middleLayers: MiddleLayerVotes(
                evidence,
                groups: table.codes("group") ?? Array(repeating: -1, count: evidence.count)
            ).summary(),
            undefinedDepth: undefinedDepth,
            depthByClass: classes,
            groups: groups,
            groupCuts: table.groupCuts,
            confusion: confusion,
            correlations: correlations,
            reliability: reliability.scores.mapValues {
                .init(rho: $0.rho, spearmanBrown: $0.spearmanBrown, top1: $0.top1, top5: $0.top5)
            },
            issues: issues,
            baseline: baseline(accuracy),
            calibration: calibration,
            learningCurves: curves,
            notComputed: notComputed,
            thresholdSamples: table.thresholds,
            influence: influence,
            timings: timings(seconds: seconds),
            warnings: warnings(fit: notInterpolated ? fit : nil, curves: curves)
        )
    }

    // MARK: Accuracy

    private func accuracy(_ counts: AccuracyCounts) -> ScoreSummary.Accuracy {
        let heldOut = meanConsistency { !evidence.data.isTest[$0] }
        let test = meanConsistency { evidence.data.isTest[$0] }
        var sizes = [Int](repeating: 0, count: evidence.classes)
        for (row, label) in evidence.unplantedLabels.enumerated() where label >= 0 && !evidence.data.isTest[row] {
            sizes[Int(label)] += 1
        }
        return ScoreSummary.Accuracy(
            heldout: heldOut.value,
            heldoutInterval: heldOut.bounds,
            test: test.value,
            testInterval: test.bounds,
            train: AccuracyCounts.share(counts.train),
            majorityClass: Proportion(sizes.max() ?? 0, of: sizes.reduce(0, +)).value,
            inputKNN: counts.probes.first.flatMap { AccuracyCounts.share($0.heldOut) }
        )
    }

    /// Whether the members are the runs of the plan `threshold_samples`.
    var isOfThresholdSamples: Bool { evidence.thresholdSets != nil }

    /// What the rounds of the plan are called.
    var rounds: String { evidence.spec.ratios == nil ? "repeats" : "runs" }

    private var accuracyByTrainRatio: [ScoreSummary.RatioAccuracy]? {
        evidence.spec.ratios?.enumerated().map { place, ratio in
            let column = ScoreManifest.consistencyColumn(at: ratio)
            let heldOut = meanConsistency(column) { !evidence.data.isTest[$0] }
            let test = meanConsistency(column) { evidence.data.isTest[$0] }
            let members = evidence.members.filter { $0.part == place }
            let fits = members.compactMap { $0.manifest.result.fit }
            return .init(
                trainRatio: ratio,
                members: members.count,
                heldout: heldOut.value,
                heldoutInterval: heldOut.bounds,
                test: test.value,
                testInterval: test.bounds,
                fit: fits.isEmpty ? nil : fits.reduce(0, +) / Double(fits.count)
            )
        }
    }

    private func meanConsistency(
        _ column: String = "consistency",
        where included: (Int) -> Bool
    ) -> Proportion {
        let known = evidence.unplanted(table.numbers(column) ?? []).enumerated().filter {
            !$0.element.isNaN && included($0.offset)
        }
        return Proportion(successes: known.reduce(0) { $0 + Double($1.element) }, trials: Double(known.count))
    }

    private var accuracyByDepth: [ScoreSummary.DepthBin] {
        guard evidence.probes > 1, let depth = table.numbers("prediction_depth_heldout_filled"),
            let consistency = table.numbers("consistency"), let confidence = table.numbers("heldout_confidence")
        else { return [] }
        let last = evidence.probes - 1
        var right = [Double](repeating: 0, count: last + 1)
        var sure = right
        var counts = [Int](repeating: 0, count: last + 1)
        for row in depth.indices
        where !depth[row].isNaN && !consistency[row].isNaN && !evidence.data.isTest[row] && !evidence.isPlanted(row) {
            let bin = min(last, Int(depth[row]))
            counts[bin] += 1
            right[bin] += Double(consistency[row])
            sure[bin] += Double(confidence[row])
        }
        return counts.indices.map { bin in
            let share = Proportion(successes: right[bin], trials: Double(counts[bin]))
            return .init(
                from: Double(bin),
                to: Double(bin + 1),
                n: counts[bin],
                accuracy: share.value,
                interval: share.bounds,
                confidence: counts[bin] > 0 ? sure[bin] / Double(counts[bin]) : nil
            )
        }
    }

    private var undefinedDepth: ScoreSummary.UndefinedDepth? {
        func share(_ kind: String) -> Double? {
            guard let part = table.numbers("prediction_depth_\(kind)_undefined"),
                let defined = table.numbers("prediction_depth_\(kind)_n")
            else { return nil }
            var (missing, all) = (0.0, 0.0)
            for row in part.indices where !part[row].isNaN {
                // part = undefined / (undefined + defined)
                let total = part[row] < 1 ? Double(defined[row]) / (1 - Double(part[row])) : memberCount(row, kind)
                missing += total - Double(defined[row])
                all += total
            }
            return all > 0 ? missing / all : nil
        }
        guard evidence.probes > 0, table["prediction_depth_heldout"] != nil else { return nil }
        return .init(heldout: share("heldout"), train: share("train"))
    }

    private func memberCount(_ row: Int, _ kind: String) -> Double {
        Double(evidence.members.count { ($0.heldOut[row] != 0) == (kind == "heldout") })
    }

    // MARK: Classes and groups

    private var classes: [ScoreSummary.ClassSummary] {
        var issueCounts = [Int](repeating: 0, count: evidence.classes)
        for issue in finder?.issues ?? [] { issueCounts[Int(evidence.labels[issue.row])] += 1 }
        var sizes = [Int](repeating: 0, count: evidence.classes)
        for label in evidence.data.ownLabels where label >= 0 { sizes[Int(label)] += 1 }
        let depth = classMeans("prediction_depth_heldout")
        let consistency = classMeans("consistency")
        let own = classMeans("self_confidence")
        return evidence.data.classNames.enumerated().map { index, name in
            .init(
                label: name,
                n: sizes[index],
                meanDepthHeldout: depth[index],
                consistency: consistency[index],
                selfConfidence: own[index],
                issues: issueCounts[index],
                estimatedLabelErrors: finder.map { finder in
                    Double(finder.joint.given[index]) * (finder.joint.errors(ofClass: index).value ?? 0)
                }
            )
        }
    }

    private func classMeans(_ column: String) -> [Double?] {
        var sums = [Double](repeating: 0, count: evidence.classes)
        var counts = sums
        for (row, value) in (table.numbers(column) ?? []).enumerated() {
            let label = Int(evidence.unplantedLabels[row])
            guard !value.isNaN, label >= 0 else { continue }
            sums[label] += Double(value)
            counts[label] += 1
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / $1 : nil }
    }

    private var groups: [String: Int] {
        guard let codes = table.codes("group") else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: DifficultyMap.Group.allCases.map { group in
                (group.name, codes.indices.count { codes[$0] == group.rawValue && !evidence.isPlanted($0) })
            }
        )
    }

    private var confusion: ScoreSummary.Confusion? {
        guard let finder, let suggested = table.codes("suggested_label"), let own = table.numbers("self_confidence"),
            evidence.classes <= Self.mostConfusionClasses
        else { return nil }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: evidence.classes), count: evidence.classes)
        for row in own.indices where !own[row].isNaN && !evidence.isPlanted(row) {
            let given = Int(evidence.labels[row])
            counts[given][suggested[row] >= 0 ? Int(suggested[row]) : given] += 1
        }
        let estimated = (0..<evidence.classes).map { given in
            (0..<evidence.classes).map { finder.joint.estimate(given: given, really: $0) }
        }
        return .init(labels: evidence.data.classNames, suggested: counts, estimated: estimated)
    }

    // MARK: Scores

    private var histograms: [String: Histogram] {
        var histograms: [String: Histogram] = [:]
        for score in ScoreManifest.current.scores(of: evidence.spec) {
            if let values = table.numbers(score.name) {
                // Left out, not without a value.
                let own = values.indices.filter { !evidence.isPlanted($0) }.map { values[$0] }
                histograms[score.name] = Histogram(own, of: score)
            }
        }
        return histograms
    }

    private var correlations: ScoreSummary.Correlations {
        let columns = scores.compactMap { score in
            table.numbers(score.name).map { (score.name, evidence.unplanted($0)) }
        }
        return .init(names: columns.map(\.0), rho: RankMatrix(columns.map(\.1)).spearman())
    }

    private var issues: ScoreSummary.Issues? {
        guard let finder, let curve else { return nil }
        let errors = finder.joint.estimatedErrors
        let kinds = IssueKind.allCases.map { kind in (kind.name, finder.issues.count { $0.kind == kind }) }
        return .init(
            total: finder.issues.count,
            byType: Dictionary(uniqueKeysWithValues: kinds),
            estimatedLabelErrors: .init(value: errors.value, interval: [errors.low, errors.high]),
            reviewCurve: curve.points(along: finder.issues.map(\.row)).map {
                .init(first: $0.first, expected: $0.expected, lo: $0.low, hi: $0.high)
            }
        )
    }

    private func baseline(_ accuracy: ScoreSummary.Accuracy) -> ScoreSummary.Baseline? {
        guard let neighbors = table.numbers("input_knn").map(evidence.unplanted) else { return nil }
        let score = table.numbers("issue_score").map(evidence.unplanted)
        let sentence =
            if let own = accuracy.heldout, let other = accuracy.inputKNN {
                "Without any training the nearest neighbours in input space reach accuracy \(Wording.decimal(other)), the "
                    + "networks \(Wording.decimal(own))."
            } else {
                "The nearest neighbours in input space need no training."
            }
        return .init(
            name: "input_knn",
            accuracy: accuracy.inputKNN,
            rho: score.flatMap { Ranks.spearman(neighbors, $0) },
            top1: score.flatMap { Ranks.overlap(neighbors, $0, share: 0.01, largest: true) },
            top5: score.flatMap { Ranks.overlap(neighbors, $0, share: 0.05, largest: true) },
            sentence: sentence
        )
    }

    // MARK: The rest

    private var facts: ScoreSummary.Evidence {
        .init(
            examples: evidence.count,
            unlabelled: evidence.labels.count { $0 < 0 },
            classes: evidence.classes,
            epochs: evidence.epochs,
            probes: evidence.probes,
            k: evidence.k,
            observe: evidence.members[0].manifest.spec?.observe?.rawValue
        )
    }

    /// How well a probe's approximate neighbours agree with exact ones, mean over members; nil where they are exact.
    func projected(_ probe: Int, _ value: KeyPath<MemberManifest.ProbeAgreement, Double>) -> Double? {
        let shares = evidence.members.compactMap { member in
            member.manifest.projected?.first { $0.probe == probe }?[keyPath: value]
        }
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// Whether the networks were trained here, and without probes.
    private var wasAskedForNoProbes: Bool {
        evidence.members[0].manifest.k == 0 && evidence.members[0].manifest.spec != nil
    }

    private var notComputed: [ScoreSummary.MissingScore] {
        Reduction.missing(evidence).map { score, needs in
            var words: [String] = []
            for array in needs where !words.contains(array.inLog) { words.append(array.inLog) }
            return .init(
                score: score.name,
                needs: needs.map(\.rawValue),
                detail: isOfThresholdSamples
                    ? "Networks of the plan threshold_samples, which learn a class that does not exist, tell aum and aum_flagged "
                        + "only; a job of another plan tells this."
                    : needs.contains(.inputMargin)
                        ? "Networks that are trained here tell it when the job asks for it: "
                            + "\"probes\":{\"input_margin\":\"runner_up\"}."
                        : wasAskedForNoProbes && needs.contains(where: EvidenceArray.ofProbes.contains)
                            ? "It comes from the probes, which this job was to do without: \"probes\":{\"k\":0}."
                            : "A training log needs \(words.joined(separator: "; and ")) for it."
            )
        }
    }

    private func timings(seconds: Double) -> [String: Double] {
        var timings: [String: Double] = [:]
        for member in evidence.members {
            for (phase, seconds) in member.manifest.result.seconds ?? [:] { timings[phase, default: 0] += seconds }
        }
        timings["score"] = seconds
        return timings
    }
}
