import Arrays
import Difficulty
import EnsembleKind
public import Files
import Foundation
import Tasks
import Worker

/// What the reduction of a verification is told.
public struct PruningSpec: Codable, Sendable, Hashable {
    /// The name of the reduction.
    public static let reduction = "pruning"

    /// Whose reduction it is.
    public private(set) var reduction = Self.reduction
    /// Where `summary.json` goes.
    public var outputDirectory: String
    /// The dataset's folder, with `split.npy` and `labels.npy`.
    public var datasetDirectory: String
    /// C.
    public var numClasses: Int
    /// The members that have learned, in any order. A run has one of all candidates, and of each count one of the kept and
    /// one of a random set, all of one seed.
    public var members: [ScoreSpec.Member]
    /// All members of the plan.
    public var membersTotal: Int
    /// Members that finished without having learned and are therefore not in `members`.
    public var membersExcluded: Int
    /// Runs.
    public var runs: Int
    /// Labelled examples of the training split.
    public var candidates: Int
    /// How many of them stay.
    public var counts: [Int]
    /// Whether more members are to come.
    public var partial: Bool

    enum CodingKeys: String, CodingKey {
        case reduction, members, runs, candidates, counts, partial
        case outputDirectory = "output_directory"
        case datasetDirectory = "dataset_directory"
        case numClasses = "num_classes"
        case membersTotal = "members_total"
        case membersExcluded = "members_excluded"
    }

    /// Parameters are those of the properties.
    public init(
        outputDirectory: String,
        datasetDirectory: String,
        numClasses: Int,
        members: [ScoreSpec.Member],
        membersTotal: Int,
        membersExcluded: Int = 0,
        runs: Int,
        candidates: Int,
        counts: [Int],
        partial: Bool = false
    ) {
        self.outputDirectory = outputDirectory
        self.datasetDirectory = datasetDirectory
        self.numClasses = numClasses
        self.members = members
        self.membersTotal = membersTotal
        self.membersExcluded = membersExcluded
        self.runs = runs
        self.candidates = candidates
        self.counts = counts
        self.partial = partial
    }

    /// Members of a run.
    var sets: Int { 1 + 2 * counts.count }
}

/// `plumbline score` of a verification of pruning: accuracies of networks on what none of their run was trained on.
public struct PruningReduction: ReductionWork {
    /// That of the specification.
    public let name = PruningSpec.reduction

    /// One for all verifications.
    public init() {}

    /// Judges every member.
    public func reduce(_ specification: [UInt8]) throws {
        try Self.run(JSONDecoder().decode(PruningSpec.self, from: Data(specification)))
    }

    /// Judges every member and writes `summary.json` to the spec's output folder.
    ///
    /// A run's networks are judged on the labelled examples that its network of all candidates holds out: the test split, or
    /// the fold that the run leaves out. Examples that a smaller set lacks are no test: the rule chose them.
    ///
    /// - Throws: `DifficultyError` and `ArrayError` for unusable evidence, `FilesError` for the disk
    @discardableResult
    public static func run(_ spec: PruningSpec, files: Files = .live) throws -> PruningSummary {
        guard !spec.members.isEmpty else { throw DifficultyError.noMembers }
        let labels = try NPY.read(Int32.self, from: "\(spec.datasetDirectory)/labels.npy").values
        let split = try NPY.read(UInt8.self, from: "\(spec.datasetDirectory)/split.npy").values
        var table = AccuracyTable(sets: spec.sets, runs: spec.runs)
        for (run, members) in Dictionary(grouping: spec.members, by: { $0.index / spec.sets }).sorted(by: {
            $0.key < $1.key
        }) {
            let evidence = try members.sorted { $0.index < $1.index }.map {
                try MemberEvidence($0, folds: spec.sets, examples: labels.count, classes: spec.numClasses, files: files)
            }
            // Without the network of all candidates nothing says what the run may be judged on.
            guard let full = evidence.first, full.part == 0 else { continue }
            let judged = labels.indices.filter { full.heldOut[$0] != 0 && labels[$0] >= 0 }
            table.evaluated.append(Double(judged.count))
            for member in evidence {
                guard !member.finalPredictions.isEmpty else {
                    throw DifficultyError.badJSON(
                        path: "the manifest of member \(member.index)",
                        detail: "it lists no final_logits.npy"
                    )
                }
                let right = judged.count { Int32(member.finalPredictions[$0]) == labels[$0] }
                let trained = labels.indices.count { member.heldOut[$0] == 0 }
                table.accuracies[member.part][run] = judged.isEmpty ? nil : Double(right) / Double(judged.count)
                table.trained[member.part].append(Double(trained))
            }
        }
        let hasTest = labels.indices.contains { split[$0] != 0 && labels[$0] >= 0 }
        let summary = table.summary(spec, evaluatedOn: hasTest ? "test" : "folds")
        try files.createDirectory(spec.outputDirectory)
        try files.write(try CanonicalJSON.encode(summary), to: spec.outputDirectory + "/summary.json")
        return summary
    }
}

/// Accuracies by set and run.
private struct AccuracyTable {
    /// By set, then run; nil where there is none.
    var accuracies: [[Double?]]
    /// By set: examples trained on.
    var trained: [[Double]]
    /// Examples that each run was judged on.
    var evaluated: [Double] = []

    init(sets: Int, runs: Int) {
        accuracies = Array(repeating: Array(repeating: nil, count: runs), count: sets)
        trained = Array(repeating: [], count: sets)
    }

    func summary(_ spec: PruningSpec, evaluatedOn: String) -> PruningSummary {
        let shares = spec.counts.map { Double($0) / Double(max(1, spec.candidates)) }
        let pairs = shares.enumerated().flatMap { place, share in
            [("kept", share, 1 + 2 * place), ("random", share, 2 + 2 * place)]
        }
        return PruningSummary(
            partial: spec.partial,
            members: .init(
                total: spec.membersTotal,
                used: spec.members.count,
                excluded: spec.membersExcluded
            ),
            evaluatedOn: evaluatedOn,
            evaluated: MeanInterval(evaluated).mean,
            sets: ([("full", 1, 0)] + pairs).map { name, share, set in
                let over = MeanInterval(accuracies[set].compactMap { $0 })
                return .init(
                    set: name,
                    keep: share,
                    trainExamples: MeanInterval(trained[set]).mean,
                    accuracies: accuracies[set],
                    accuracy: over.mean,
                    standardError: over.standardError,
                    interval: over.interval.map { [max(0, $0.low), min(1, $0.high)] }
                )
            },
            differences: shares.enumerated().flatMap { place, share in
                let (kept, random) = (1 + 2 * place, 2 + 2 * place)
                return [
                    difference(share, ("kept", kept), ("random", random)),
                    difference(share, ("kept", kept), ("full", 0)),
                    difference(share, ("random", random), ("full", 0)),
                ]
            }
        )
    }

    /// Runs are pairs: the same seed, and the same examples to judge by.
    private func difference(
        _ share: Double,
        _ first: (name: String, set: Int),
        _ second: (name: String, set: Int)
    ) -> PruningSummary.Difference {
        let pairs = zip(accuracies[first.set], accuracies[second.set]).compactMap { a, b in
            a.flatMap { a in b.map { a - $0 } }
        }
        let over = MeanInterval(pairs)
        return .init(
            keep: share,
            set: first.name,
            minus: second.name,
            runs: over.count,
            difference: over.mean,
            standardError: over.standardError,
            interval: over.interval.map { [$0.low, $0.high] }
        )
    }
}
