import Datasets
import Experiments
import Files
import Recipes
import Service
import Tasks

/// The plan `threshold_samples`: two runs on all labelled training examples, which nothing of a request changes, and no
/// probes. See `ThresholdSamples` for the draw.
struct ThresholdRuns: EnsembleSplit {
    private let ensemble: EnsembleSettings

    init(_ ensemble: EnsembleSettings) { self.ensemble = ensemble }

    static let howToAsk: String? =
        "it needs threshold samples: submit a job with \"ensemble\": {\"plan\": \"threshold_samples\"}"

    let words = (rounds: "runs", parts: "train ratios")
    let fakeClasses = 1
    let hasProbes = false
    let whyNoOthers: String? =
        "Networks of the plan threshold_samples, which learn a class that does not exist, tell aum and aum_flagged only; a job "
        + "of another plan tells this."
    let members =
        "Both are trained on all labelled examples, some of which are given a class that does not exist: others in each network."
    let method = [
        "Two networks were trained on all labelled examples, some of which were given a class that does not exist, others in "
            + "each network. An example is flagged whose area under the margin is below the 99th percentile of theirs in "
            + "each network that was given its label."
    ]
    let references = ["aum_flagged", "aum"]

    let whyNoMoreRounds: String? =
        "the job is of the plan threshold_samples, which has two runs and no more; another seed draws other threshold "
        + "samples"

    var document: [(String, JSON)] { [("runs", .int(ensemble.rounds))] }

    func fill(_ member: inout MemberPlan, at index: Int) {}

    func place(round: Int, part: Int) -> JSON { ["run": .int(round)] }

    func heldOut(of train: Int, measured: Double?) -> Int { measured.map { Int(Double(train) * $0) } ?? 0 }

    func fewestTrainExamples(of labelled: Int) -> Int { labelled }

    func neighbors(classCounts: [Int]) -> Int { 0 }

    static func member(_ plan: MemberPlan) -> any MemberSplit {
        Run(seed: plan.training.seed, index: plan.index)
    }

    /// One of the two runs.
    private struct Run: MemberSplit {
        let seed: UInt64
        let index: Int
        let seesOwnLabels = true

        func heldOut(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8] {
            labels.indices.map { split[$0] == 0 && labels[$0] >= 0 ? 0 : 1 }
        }

        func ownLabels(labels: [Int32], split: [UInt8], duplicateOf: [Int32], classes: Int) -> [Int32]? {
            ThresholdSamples(seed: seed, labels: labels, split: split, duplicateOf: duplicateOf, classes: classes)
                .labels(run: index)
        }
    }

    /// Refuses whatever would change the two runs.
    struct Request: SplitRequest {
        private let request: DifficultyRequest

        init(_ request: DifficultyRequest, in checks: inout Checks) { self.request = request }

        func settings(
            _ defaults: Defaults,
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
            return EnsembleSettings(plan: .thresholdSamples, parts: 1, rounds: ThresholdSamples.runs)
        }
    }
}
