import Datasets
import Difficulty
import Experiments
import Files
import Recipes
import Service
import Tasks

/// The plan `subsets`: random stratified subsets at one or several train ratios. See `SubsetPlan` for the draw.
struct RandomSubsets: EnsembleSplit {
    private let ensemble: EnsembleSettings
    private let ratios: [Double]

    init(_ ensemble: EnsembleSettings) {
        self.ensemble = ensemble
        ratios = ensemble.ratios ?? []
    }

    static let howToAsk: String? = "it needs random subsets: submit a job with \"ensemble\": {\"plan\": \"subsets\"}"

    let words = (rounds: "runs", parts: "train ratios")

    let method =
        [
            "Networks were trained on random shares of each class, so that each example is judged by networks that never saw "
                + "it, at every train ratio. " + DifficultyView.Method.votes
        ] + DifficultyView.Method.depths

    let members =
        "Each is trained on a random share of the examples and judges those it never saw. A run has one network for each share."

    /// Of each ratio consistency, number, error and two bounds; of a single ratio also the 20 largest influences.
    var columnBytes: Int { ratios.count * 20 + (ratios.count == 1 ? 20 * 13 : 0) }

    var document: [(String, JSON)] {
        [("ratios", .array(ratios.map { .double($0) })), ("runs", .int(ensemble.rounds))]
    }

    func whyMissing() -> String? {
        "this job has the train ratios \(ratios.map { "\($0)" }.joined(separator: ", ")) only"
    }

    /// Rounds over all train ratios follow each other, so that a job of more runs begins with the same members.
    func fill(_ member: inout MemberPlan, at index: Int) {
        member.trainRatio = ratios[index % ratios.count]
        member.index = index / ratios.count
    }

    func place(round: Int, part: Int) -> JSON { ["run": .int(round), "train_ratio": .double(ratios[part])] }

    func heldOut(of train: Int, measured: Double?) -> Int {
        Int(Double(train) * ratios.reduce(0) { $0 + (1 - $1) } / Double(ratios.count))
    }

    func trainExamples(of labelled: Int, measured: Int) -> [Double] {
        ratios.map { ($0 * Double(labelled)).rounded() }
    }

    func fewestTrainExamples(of labelled: Int) -> Int { Int(Double(labelled) * (ratios.first ?? 1)) }

    func neighbors(classCounts: [Int]) -> Int {
        ProbeSettings.neighbors(classSizes: classCounts.map { Int(Double($0) * (ratios.first ?? 1)) })
    }

    static func member(_ plan: MemberPlan) throws -> any MemberSplit {
        guard let ratio = plan.trainRatio else {
            throw EvidenceError.unreadable("the plan \(plan.splitPlan.rawValue) names no split")
        }
        return Run(plan: SubsetPlan(percent: ScoreManifest.percent(ratio), seed: plan.training.seed), index: plan.index)
    }

    /// A run of one train ratio.
    private struct Run: MemberSplit {
        let plan: SubsetPlan
        let index: Int

        func generator(seed: UInt64) -> CounterGenerator {
            CounterGenerator(
                seed: seed,
                purpose: .subsetMember,
                stream: SubsetPlan.stream(index, percent: plan.percent)
            )
        }

        func heldOut(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8] {
            plan.heldOut(run: index, labels: labels, split: split, duplicateOf: duplicateOf)
        }
    }

    /// Train ratios and runs of each.
    struct Request: SplitRequest {
        private let request: DifficultyRequest
        private let ratios: [Double]

        /// The train ratios where none are given: those of Jiang et al. 2021.
        private static let defaultRatios = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

        init(_ request: DifficultyRequest, in checks: inout Checks) {
            self.request = request
            ratios = Self.checked(request.ratios ?? Self.defaultRatios, in: &checks)
        }

        var smallestRatio: Double? { ratios.first }

        /// Train ratios in ascending order, as exact hundredths.
        private static func checked(_ ratios: [Double], in checks: inout Checks) -> [Double] {
            let path = "/ensemble/ratios"
            checks.expect(!ratios.isEmpty, path, "at least one train ratio, such as [0.7]")
            for (place, ratio) in ratios.enumerated() {
                let hundredths = (ratio * 100).rounded()
                checks.expect(
                    (1...99).contains(hundredths) && abs(ratio * 100 - hundredths) < 1e-6,
                    "\(path)/\(place)",
                    "0.01 to 0.99 in whole hundredths, got \(ratio)"
                )
            }
            guard checks.issues.isEmpty else { return defaultRatios }
            let percents = ratios.map(ScoreManifest.percent).sorted()
            checks.expect(
                Set(percents).count == percents.count,
                path,
                "each train ratio once, got \(ratios.map { "\($0)" }.joined(separator: ", "))"
            )
            return percents.map { Double($0) / 100 }
        }

        func settings(
            _ defaults: Defaults,
            on data: DatasetManifest,
            in checks: inout Checks
        ) -> EnsembleSettings {
            let labelled = data.classCounts.train.reduce(0, +)
            checks.expect(request.folds == nil, "/ensemble/folds", "not with \"plan\": \"subsets\", which has ratios")
            checks.expect(request.repeats == nil, "/ensemble/repeats", "not with \"plan\": \"subsets\", which has runs")
            checks.expect(
                request.until == nil,
                "/ensemble/until",
                "not with \"plan\": \"subsets\": extend the job by runs"
            )
            let runs = request.runs ?? defaults.runs
            checks.expect(runs >= 1, "/ensemble/runs", "at least 1, got \(runs)")
            checks.expect(
                runs <= JobPlan.mostTasks && ratios.count * max(0, runs) <= JobPlan.mostTasks,
                "/ensemble",
                "at most \(JobPlan.mostTasks) members, got \(ratios.count) train ratios x \(runs) runs"
            )
            if let smallest = ratios.first, let largest = ratios.last {
                checks.expect(
                    Double(labelled) * smallest >= 4,
                    "/ensemble/ratios",
                    "at \(smallest) a member would train on \(Int(Double(labelled) * smallest)) of the \(labelled) labelled "
                        + "training examples; at least 4 are needed"
                )
                checks.expect(
                    Double(labelled) * (1 - largest) >= 1 - 1e-9,
                    "/ensemble/ratios",
                    "at \(largest) no member would hold out any of the \(labelled) labelled training examples"
                )
            }
            return EnsembleSettings(plan: .subsets, parts: ratios.count, rounds: runs, ratios: ratios)
        }
    }
}
