import Datasets
import Experiments
import Recipes
import Service
import Tasks

/// A split plan: how many members there are, what each trains on, and what the documents say of it. Whatever differs from
/// plan to plan is said here; `EnsemblePlan.split` is the one list of them.
///
/// Members come in whole **rounds** of as many members as the plan has **parts**: the member at `index` is the part
/// `index % parts` of the round `index / parts`. In the API's words rounds are repeats or runs, parts folds or train ratios.
protocol EnsembleSplit: Sendable {
    /// What of a request decides it.
    associatedtype Request: SplitRequest

    /// How a job asks for it, told where a score needs it; nil for the plan of every job that asks for none.
    static var howToAsk: String? { get }

    /// What a member of it holds out.
    ///
    /// - Throws: `EvidenceError.unreadable` where the member's plan does not say it
    static func member(_ plan: MemberPlan) throws -> any MemberSplit

    /// The plan of a job's settings.
    init(_ ensemble: EnsembleSettings)

    /// The API's words for rounds and for parts.
    var words: (rounds: String, parts: String) { get }
    /// Why there can be no more rounds than there are; nil where there can.
    var whyNoMoreRounds: String? { get }
    /// Classes that networks have beside the dataset's.
    var fakeClasses: Int { get }
    /// Why a job of it tells no other scores than the plan's own: a sentence; nil where it tells what its evidence allows.
    var whyNoOthers: String? { get }
    /// Whether its members have probes, unless a job asks for none.
    var hasProbes: Bool { get }
    /// The plan as fields of a job's document.
    var document: [(String, JSON)] { get }
    /// A sentence or two on what its members are, for the page.
    var members: String { get }
    /// Bytes of columns that it makes for each example beside those of every plan.
    var columnBytes: Int { get }
    /// The paragraphs of a report on how it was made.
    var method: [String] { get }
    /// The scores that a report explains.
    var references: [String] { get }

    /// Writes into a member's plan what of this one decides it.
    func fill(_ member: inout MemberPlan, at index: Int)
    /// Where a member stands, as fields of its document.
    func place(round: Int, part: Int) -> JSON
    /// Examples of the training split that a member holds out, on average.
    ///
    /// - Parameters:
    ///   - train: examples of the training split
    ///   - measured: the share that a measured member held out, where one was measured
    func heldOut(of train: Int, measured: Double?) -> Int
    /// Labelled examples that the members of each part train on; of one part where they are all alike.
    ///
    /// - Parameters:
    ///   - labelled: labelled examples of the training split
    ///   - measured: on how many a measured member trained
    func trainExamples(of labelled: Int, measured: Int) -> [Double]
    /// Labelled examples that the member with the fewest trains on: the references of its probes.
    func fewestTrainExamples(of labelled: Int) -> Int
    /// k of the probes where `auto`.
    func neighbors(classCounts: [Int]) -> Int
    /// Why a job does not compute a score of this plan; nil where it says so itself.
    func whyMissing() -> String?
}

extension EnsembleSplit {
    /// What of a request decides it, read.
    static func request(_ request: DifficultyRequest, in checks: inout Checks) -> any SplitRequest {
        Request(request, in: &checks)
    }

    static var howToAsk: String? { nil }
    var whyNoMoreRounds: String? { nil }
    var fakeClasses: Int { 0 }
    var columnBytes: Int { 0 }
    var whyNoOthers: String? { nil }
    var hasProbes: Bool { true }
    var references: [String] { DifficultyView.Method.references }
    func trainExamples(of labelled: Int, measured: Int) -> [Double] { [Double(measured)] }
    func whyMissing() -> String? { nil }
}

/// What of a request decides a split plan. Reading it is apart from completing it, since the defaults of a network and its
/// training depend on the smallest train ratio.
protocol SplitRequest: Sendable {
    init(_ request: DifficultyRequest, in checks: inout Checks)

    /// The smallest share that a member trains on, where the request says it.
    var smallestRatio: Double? { get }

    /// The plan with how many members it has.
    ///
    /// - Parameters:
    ///   - defaults: those of the job
    ///   - data: its dataset
    func settings(_ defaults: Defaults, on data: DatasetManifest, in checks: inout Checks) -> EnsembleSettings
}

extension SplitRequest {
    var smallestRatio: Double? { nil }
}

/// What one member holds out.
protocol MemberSplit: Sendable {
    /// The member's place in its plan, or its run.
    var index: Int { get }

    /// The random numbers that the member's seed comes from.
    func generator(seed: UInt64) -> CounterGenerator

    /// The examples that the member does not train on.
    ///
    /// - Parameters:
    ///   - labels: N class numbers; -1 where the label is missing: such an example is held out of every member
    ///   - split: N; 1 for the dataset's own test examples, which every member holds out
    ///   - duplicateOf: N; the row of the first identical input: identical inputs stay together
    /// - Returns: N bytes, 1 where the member holds the example out
    func heldOut(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) -> [UInt8]

    /// Whether the member sees labels other than the dataset's.
    var seesOwnLabels: Bool { get }

    /// Those labels; parameters as for `heldOut`.
    ///
    /// - Parameter classes: C of the dataset
    func ownLabels(labels: [Int32], split: [UInt8], duplicateOf: [Int32], classes: Int) -> [Int32]?
}

extension MemberSplit {
    func generator(seed: UInt64) -> CounterGenerator {
        CounterGenerator(seed: seed, purpose: .member, stream: UInt64(index))
    }

    var seesOwnLabels: Bool { false }
    func ownLabels(labels: [Int32], split: [UInt8], duplicateOf: [Int32], classes: Int) -> [Int32]? { nil }
}

extension EnsemblePlan {
    /// What the plan is: the one list of them.
    var split: any EnsembleSplit.Type {
        switch self {
        case .kfold: KFold.self
        case .subsets: RandomSubsets.self
        case .thresholdSamples: ThresholdRuns.self
        case .selection: ChosenSets.self
        }
    }

    /// The plans that a request may ask for.
    static let onOffer: [EnsemblePlan] = [.kfold, .subsets, .thresholdSamples]
}

extension EnsembleSettings {
    /// The plan with its behaviour.
    var split: any EnsembleSplit { plan.split.init(self) }
}
