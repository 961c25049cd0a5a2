import Datasets
import Experiments
import Files
import Recipes
import Service
import Tasks

/// The plan `kfold`: repeated stratified K-fold. See `SplitPlan` for the deal.
struct KFold: EnsembleSplit {
    private let ensemble: EnsembleSettings
    private var folds: Int { max(2, ensemble.parts) }

    init(_ ensemble: EnsembleSettings) { self.ensemble = ensemble }

    let words = (rounds: "repeats", parts: "folds")
    var members: String {
        "The examples are dealt into \(folds) parts. Each network is trained on all but one of them and judges the one it never "
            + "saw; \(folds) of them make one round, in which every example is held out exactly once."
    }
    let method =
        [
            "Networks were trained on parts of the data by repeated stratified K-fold, so that each example is judged by "
                + "networks that never saw it. " + DifficultyView.Method.votes
        ] + DifficultyView.Method.depths

    var document: [(String, JSON)] {
        let until = ensemble.until.map { target -> JSON in
            [
                "score": .string(target.score), "reliability": .double(target.reliability),
                "max_repeats": .int(target.maxRepeats),
            ]
        }
        return [("folds", .int(ensemble.parts)), ("repeats", .int(ensemble.rounds)), ("until", until ?? .null)]
    }

    func fill(_ member: inout MemberPlan, at index: Int) { member.folds = ensemble.parts }

    func place(round: Int, part: Int) -> JSON { ["repeat": .int(round), "fold": .int(part)] }

    func heldOut(of train: Int, measured: Double?) -> Int {
        measured.map { Int(Double(train) * $0) } ?? train / ensemble.parts
    }

    func fewestTrainExamples(of labelled: Int) -> Int { labelled * (folds - 1) / folds }

    func neighbors(classCounts: [Int]) -> Int {
        ProbeSettings.neighbors(classSizes: classCounts.map { $0 * (folds - 1) / folds })
    }

    static func member(_ plan: MemberPlan) throws -> any MemberSplit {
        guard let folds = plan.folds else {
            throw EvidenceError.unreadable("the plan \(plan.splitPlan.rawValue) names no split")
        }
        return Fold(plan: SplitPlan(folds: folds, seed: plan.training.seed), index: plan.index)
    }

    /// A fold of a repeat.
    private struct Fold: MemberSplit {
        let plan: SplitPlan
        let index: Int

        func heldOut(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8] {
            plan.heldOut(member: index, labels: labels, split: split, duplicateOf: duplicateOf)
        }
    }

    /// Folds and repeats, or repeats until a score is reliable.
    struct Request: SplitRequest {
        private let request: DifficultyRequest

        init(_ request: DifficultyRequest, in checks: inout Checks) { self.request = request }

        func settings(
            _ defaults: Defaults,
            on data: DatasetManifest,
            in checks: inout Checks
        ) -> EnsembleSettings {
            checks.expect(request.ratios == nil, "/ensemble/ratios", "only with \"plan\": \"subsets\"")
            checks.expect(request.runs == nil, "/ensemble/runs", "only with \"plan\": \"subsets\"")
            let labelled = data.classCounts.train.reduce(0, +)
            let folds = request.folds ?? defaults.folds
            let repeats =
                request.repeats ?? (request.until == nil ? defaults.repeats : ReliabilityTarget.fewestRepeats)
            checks.expect((2...50).contains(folds), "/ensemble/folds", "2 to 50, got \(folds)")
            checks.expect(repeats >= 1, "/ensemble/repeats", "at least 1, got \(repeats)")
            checks.expect(
                repeats <= JobPlan.mostTasks && folds * max(0, repeats) <= JobPlan.mostTasks,
                "/ensemble",
                "at most \(JobPlan.mostTasks) members, got \(folds) folds x \(repeats) repeats"
            )
            checks.expect(
                labelled >= folds * 2,
                "/ensemble/folds",
                "\(folds) folds need at least \(folds * 2) labelled training examples, the dataset has \(labelled)"
            )
            return EnsembleSettings(
                plan: .kfold,
                parts: folds,
                rounds: repeats,
                until: request.until.map {
                    ReliabilityTarget($0, repeats: repeats, folds: folds, hasProbes: request.k != 0, in: &checks)
                }
            )
        }
    }
}
