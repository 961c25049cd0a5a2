import Datasets
import Experiments

extension DifficultySettings {
    /// The plan `threshold_samples`: two runs, which nothing of a request changes, and no probes.
    static func thresholdEnsemble(
        _ request: DifficultyRequest,
        on data: DatasetManifest,
        in checks: inout Checks
    ) -> EnsembleSettings {
        let plan = "\"plan\": \"threshold_samples\""
        let (twoRuns, noNeighbors) = (
            "not with \(plan), which is two runs on all labelled training examples",
            "not with \(plan), whose networks have no probes: neighbours would vote for a class that does not exist"
        )
        checks.expect(request.folds == nil, "/ensemble/folds", twoRuns)
        checks.expect(request.repeats == nil, "/ensemble/repeats", twoRuns)
        checks.expect(request.ratios == nil, "/ensemble/ratios", twoRuns)
        checks.expect(request.runs == nil, "/ensemble/runs", twoRuns)
        checks.expect(request.until == nil, "/ensemble/until", twoRuns)
        checks.expect(request.k == nil, "/probes/k", noNeighbors)
        checks.expect(request.neighbors == nil, "/probes/neighbors", noNeighbors)
        checks.expect(request.inputMargin == nil, "/probes/input_margin", noNeighbors)
        checks.expect(
            request.plant == nil,
            "/plant",
            "not with \(plan), which gives examples a fake class and judges the labels by it"
        )
        let counts = data.classCounts.train
        let present = counts.count { $0 > 0 }
        checks.expect(
            present >= 2,
            "/ensemble/plan",
            "threshold_samples needs at least 2 classes with labelled training examples, the dataset has \(present)"
        )
        let labelled = counts.reduce(0, +)
        let samples = ThresholdSamples.count(labelled: labelled, classes: data.classes.count)
        checks.expect(
            samples >= ThresholdSamples.fewest,
            "/ensemble/plan",
            "threshold_samples gives N / (C + 1) examples a fake class, at least \(ThresholdSamples.fewest): \(labelled) labelled "
                + "training examples of \(data.classes.count) classes leave \(samples)"
        )
        return EnsembleSettings(plan: .thresholdSamples, folds: 1, repeats: ThresholdSamples.runs)
    }
}
