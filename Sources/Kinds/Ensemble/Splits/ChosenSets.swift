import Datasets
import Experiments
import Files
import Recipes
import Service
import Tasks

/// The plan `selection`: members that train on chosen rows. No request asks for it; a job of another kind, such as the
/// verification of a pruning, makes its members' plans itself.
struct ChosenSets: EnsembleSplit {
    private let ensemble: EnsembleSettings

    init(_ ensemble: EnsembleSettings) { self.ensemble = ensemble }

    let words = (rounds: "runs", parts: "sets")
    let method = ["Networks were trained on chosen rows of the training split, several on each set."]

    let members =
        "Each run has one network of all examples, one of those that the rule keeps and one of as many by lot, which all begin from "
        + "the same weights."
    var document: [(String, JSON)] { [("sets", .int(ensemble.parts)), ("runs", .int(ensemble.rounds))] }

    func fill(_ member: inout MemberPlan, at index: Int) {}

    func place(round: Int, part: Int) -> JSON { ["run": .int(round), "set": .int(part)] }

    func heldOut(of train: Int, measured: Double?) -> Int {
        measured.map { Int(Double(train) * $0) } ?? train / max(1, ensemble.parts)
    }

    func fewestTrainExamples(of labelled: Int) -> Int { labelled }

    func neighbors(classCounts: [Int]) -> Int { 0 }

    static func member(_ plan: MemberPlan) throws -> any MemberSplit {
        guard let set = plan.trainSet else {
            throw EvidenceError.unreadable("the plan \(plan.splitPlan.rawValue) names no split")
        }
        return Rows(set: set, index: plan.index)
    }

    /// A run on one set.
    private struct Rows: MemberSplit {
        let set: TrainSet
        let index: Int

        func heldOut(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8] {
            labels.indices.map { split[$0] == 0 && labels[$0] >= 0 && set.contains($0) ? 0 : 1 }
        }
    }

    /// Nobody can ask for it.
    struct Request: SplitRequest {
        init(_ request: DifficultyRequest, in checks: inout Checks) {
            checks.expect(false, "/ensemble/plan", "selection is no plan of a request")
        }

        func settings(
            _ defaults: Defaults,
            on data: DatasetManifest,
            in checks: inout Checks
        ) -> EnsembleSettings { EnsembleSettings(plan: .selection, parts: 1, rounds: 1) }
    }
}
