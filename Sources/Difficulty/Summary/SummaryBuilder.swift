import Arrays
import Recipes
import Tasks

/// Builds `ScoreSummary` from the columns and the evidence. Each finding, its reduction and what a reader is to be warned
/// of stand together in a file of `Findings`; here they are only put together.
struct SummaryBuilder {
    let evidence: EvidenceSet
    let job: JobFacts
    let table: ColumnTable
    let finder: IssueFinder?
    let curve: ReviewCurve?
    let reliability: Reliability
    let scores: [ScoreDescription]
    let influence: InfluenceSummary?

    func summary(seconds: Double) -> ScoreSummary {
        let counts = AccuracyCounts(evidence)
        let accuracy = accuracy(counts)
        // Networks that were taught a fake class are not judged by how well they learned it.
        let fits = learnedFakeClass ? [] : evidence.members.compactMap { $0.manifest.result.fit }
        let fit = fits.isEmpty ? nil : fits.reduce(0, +) / Double(fits.count)
        let members = ScoreSummary.Members(
            total: evidence.spec.membersTotal,
            used: evidence.members.count,
            excluded: evidence.spec.membersExcluded ?? 0
        )
        let calibration = SelfCalibration(evidence, table: table)?.summary()
        let issues = issues(accuracy)
        let notInterpolated = (fit ?? 1) < TrustVerdict.fit.interpolated
        let curves = learnedFakeClass ? nil : LearningCurveMean(evidence).curves
        return ScoreSummary(
            partial: evidence.spec.partial,
            preview: evidence.spec.preview,
            members: members,
            evidence: facts,
            tStar: judgedEpoch,
            accuracy: accuracy,
            accuracyByTrainRatio: accuracyByTrainRatio,
            fit: fit,
            notInterpolated: notInterpolated,
            trust: trust(accuracy, fit: fit, members, issues, calibration),
            histograms: histograms,
            accuracyByDepth: accuracyByDepth,
            probeAccuracy: probeAccuracy(counts),
            middleLayers: MiddleLayerVotes(
                evidence,
                groups: table.codes("group") ?? Array(repeating: -1, count: evidence.count)
            ).summary(),
            undefinedDepth: undefinedDepth,
            depthByClass: classes(accuracy),
            groups: groups,
            groupCuts: table.groupCuts,
            confusion: confusion,
            correlations: correlations,
            reliability: reliabilityOfScores,
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

    /// How sure held-out networks are; nil where nothing is known of their probabilities.
    var confidence: HeldOutConfidence? { table.confidence(of: evidence) }

    /// Accuracy above always answering the majority class, as a share of what the labels permit; nil where nothing is held out.
    func skill(_ accuracy: ScoreSummary.Accuracy) -> Double? {
        guard let heldOut = accuracy.heldout, let majority = accuracy.majorityClass, majority < 1 else { return nil }
        if let confidence { return confidence.skill(accuracy: heldOut, majority: majority) }
        return max(0, (heldOut - majority) / (1 - majority))
    }

    /// Whether the networks know enough that their disagreement with labels can be counted.
    func canCount(_ accuracy: ScoreSummary.Accuracy) -> Bool {
        evidence.spec.preview == nil && (skill(accuracy) ?? 0) >= TrustVerdict.countable
    }

    /// Whether the members were taught a class that does not exist, so that nothing judges them but its samples.
    var learnedFakeClass: Bool { evidence.thresholdSets != nil }

    /// Whether the members are heads on embeddings: of a backbone, whose blocks are probes before what the heads see, or of the
    /// dataset's own.
    var isOfHeads: Bool { evidence.baselineProbe > 0 || evidence.data.isEmbedding }

    /// What a reader of the scores should know before, each said beside the finding that it is about.
    private func warnings(fit: Double?, curves: ScoreSummary.LearningCurves?) -> [ScoreSummary.Warning] {
        let rounds = learnedFakeClass ? warningsOfThresholds : warningsOfReliability + warningsOfTrainRatios
        // Half a training says nothing about how well it will fit.
        let ofFit = evidence.spec.preview.map(warnings) ?? warningsOfFit(fit, curves)
        return ofFit + rounds + warningsOfProbes + warningsOfGroups + warningsOfPlanted
            + warningsOfEvidence
    }
}

extension ColumnTable {
    /// How sure held-out networks are; nil where nothing is known of their probabilities.
    func confidence(of evidence: EvidenceSet) -> HeldOutConfidence? {
        heldOutProbabilities.flatMap {
            HeldOutConfidence(
                labels: evidence.unplantedLabels,
                probabilities: $0,
                classes: evidence.data.classNames.count
            )
        }
    }
}
