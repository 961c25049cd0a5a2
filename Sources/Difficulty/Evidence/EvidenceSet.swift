import Arrays
import Files
import Foundation
import Tasks

/// All the evidence of a job beside its labels: what every reduction reads.
public struct EvidenceSet: Sendable {
    let spec: ScoreSpec
    let options: ScoreOptions
    let data: DataFacts
    /// In the order of the plan: the order of summation, so that the same evidence gives the same bits.
    let members: [MemberEvidence]
    /// T; 0 where no dynamics were recorded.
    let epochs: Int
    /// P; 0 without probes.
    let probes: Int
    let probeNames: [String]
    /// The probe at which examples are compared without training.
    let baselineProbe: Int
    /// Neighbours that vote.
    let k: Int
    /// Arrays that every member has.
    let arrays: Set<EvidenceArray>
    /// Of the plan `threshold_samples`: N, r + 1 where the example has the fake class in run r, 0 where in none.
    let thresholdSets: [UInt8]?

    /// What is read of members of the plan `threshold_samples`. The rest of their evidence is about labels that they do not
    /// share and about a class that is none.
    private static let arraysOfThresholdRuns: Set<EvidenceArray> = [.heldOut, .margin]

    /// Maps dataset, labels and members and checks that they belong together.
    public init(_ spec: ScoreSpec, files: Files = .live) throws {
        guard !spec.members.isEmpty else { throw DifficultyError.noMembers }
        if let ratios = spec.ratios, ratios.isEmpty || ratios.count != spec.parts {
            throw DifficultyError.mismatch(what: "train ratios", expected: spec.parts, got: ratios.count)
        }
        self.spec = spec
        options = spec.options ?? ScoreOptions()
        data = try DataFacts(spec, files: files)
        let (examples, folds, classes) = (data.count, spec.parts, spec.numClasses)
        thresholdSets = try spec.thresholdSets.map { path in
            try MappedArray<UInt8>(path: path, shape: [examples]).array().values
        }
        let only = thresholdSets == nil ? nil : Self.arraysOfThresholdRuns
        members = try spec.members.sorted { $0.index < $1.index }.map {
            try MemberEvidence($0, folds: folds, examples: examples, classes: classes, only: only, files: files)
        }
        let first = members[0]
        epochs = first.epochs
        probes = first.probes
        // Layers where no neighbours vote are no probes.
        let named = first.probes > 0 ? first.manifest.probeNames : nil
        probeNames = named ?? (0..<first.probes).map { "probe \($0)" }
        baselineProbe = min(first.manifest.baselineProbe ?? 0, max(0, first.probes - 1))
        k = first.manifest.k ?? spec.k
        for member in members {
            guard member.epochs == epochs else {
                throw DifficultyError.mismatch(
                    what: "epochs of member \(member.index)",
                    expected: epochs,
                    got: member.epochs
                )
            }
            guard member.probes == probes, probeNames.count == probes else {
                throw DifficultyError.mismatch(
                    what: "probes of member \(member.index)",
                    expected: probeNames.count,
                    got: member.probes
                )
            }
            let flags = member.heldOutFlags
            for row in 0..<examples where flags[row] == 0 && data.labels[row] < 0 {
                throw DifficultyError.unlabelledInTraining(member: member.index, example: row)
            }
            member.releasePages()
        }
        arrays = members.dropFirst().reduce(first.arrays) { $0.intersection($1.arrays) }
    }

    /// Gives back the memory of what was read of all members so far.
    func releasePages() {
        for member in members { member.releasePages() }
    }

    /// N.
    var count: Int { data.count }
    /// C.
    var classes: Int { data.classNames.count }
    /// The labels that members saw, planted ones among them, -1 where missing: what scores are about.
    var labels: [Int32] { data.labels }
    /// The user's labels as far as members saw them, -1 where missing or where another one was planted: what findings are
    /// about. A planted label is never reported as a fault of the user's.
    var unplantedLabels: [Int32] { data.unplantedLabels }
    /// Whether the job planted a label at this row.
    func isPlanted(_ row: Int) -> Bool { data.planting?.parts[row].isPlanted ?? false }
    /// A column without what planted labels did to it.
    func unplanted(_ values: [Float]) -> [Float] {
        data.planting == nil ? values : values.indices.map { isPlanted($0) ? .nan : values[$0] }
    }
}

/// What the reductions need to know of the dataset.
struct DataFacts: Sendable {
    /// The labels that members saw, -1 where missing.
    let labels: [Int32]
    /// The user's own labels, -1 where missing.
    let ownLabels: [Int32]
    /// Those of them that members saw, -1 for the others.
    let unplantedLabels: [Int32]
    /// Nil where members saw the user's labels.
    let planting: Planting?
    let classNames: [String]
    /// Whether the example belongs to the dataset's own test split.
    let isTest: [Bool]
    /// The row of the first identical input, the example's own row otherwise.
    let duplicateOf: [Int32]
    /// What one example is called in a sentence.
    let noun: String
    /// Whether its columns are an embedding that came with it.
    let isEmbedding: Bool

    var count: Int { labels.count }

    private struct Manifest: Decodable {
        var classes: [String]
        var kind: String?
        var is_embedding: Bool?
    }

    init(_ spec: ScoreSpec, files: Files) throws {
        let path = spec.datasetDirectory + "/manifest.json"
        let manifest: Manifest
        do {
            manifest = try JSONDecoder().decode(Manifest.self, from: Data(files.read(path)))
        } catch let error as DecodingError {
            throw DifficultyError.badJSON(path: path, detail: "\(error)")
        }
        guard manifest.classes.count == spec.numClasses else {
            throw DifficultyError.mismatch(
                what: "classes of the dataset",
                expected: spec.numClasses,
                got: manifest.classes.count
            )
        }
        classNames = manifest.classes
        noun = manifest.kind == "images" ? "picture" : "example"
        isEmbedding = manifest.is_embedding == true
        labels = try MappedArray<Int32>(path: spec.labels, shape: [nil]).array().values
        for (index, label) in labels.enumerated() where label < -1 || label >= Int32(spec.numClasses) {
            throw DifficultyError.badClass(
                name: "the labels",
                index: index,
                value: Int(label),
                classes: spec.numClasses
            )
        }
        let count = labels.count
        if let planted = spec.planted {
            let own = try MappedArray<Int32>(path: planted.ownLabels, shape: [count]).array().values
            let planting = try Planting(planted, own: own, effective: labels)
            unplantedLabels = labels.indices.map { planting.parts[$0].isPlanted ? -1 : own[$0] }
            (ownLabels, self.planting) = (own, planting)
        } else {
            (ownLabels, unplantedLabels, planting) = (labels, labels, nil)
        }
        isTest = try MappedArray<UInt8>(path: spec.datasetDirectory + "/split.npy", shape: [count]).array().values
            .map { $0 != 0 }
        let duplicates = spec.datasetDirectory + "/duplicate_of.npy"
        duplicateOf =
            files.exists(duplicates)
            ? try MappedArray<Int32>(path: duplicates, shape: [count]).array().values : (0..<count).map(Int32.init)
        for (index, row) in duplicateOf.enumerated() where row < 0 || row >= count {
            throw DifficultyError.mismatch(what: "duplicate_of at row \(index)", expected: index, got: Int(row))
        }
    }
}
