import Arrays
import Datasets
import Experiments
import Files
import Recipes

/// The examples that each of two runs is given a fake class for (Pleiss et al. 2020, section 3.2): the one place where they
/// are drawn. Members' keys hold the digest of the labels that they see, and whoever draws them again for a member holds
/// them against that digest, so the two cannot differ.
///
/// Nothing in an example tells the fake class C, so a network learns a threshold sample as it learns a wrong label: by
/// heart and late. A set has as many examples as a class has on average if the fake one is counted, N / (C + 1), and the
/// two sets have none in common, so that each example keeps its label in one run at least.
///
/// Inputs that occur once are drawn first, others only where those are too few: a copy of a threshold sample that keeps
/// its label would be taken for a wrong one, and copies that are samples both help each other to a margin.
public struct ThresholdSamples: Sendable {
    /// Networks, each with a set of its own.
    public static let runs = 2
    /// With fewer samples a percentile of theirs is a matter of luck.
    public static let fewest = 10

    /// N: 0 where the example keeps its label in both runs, r + 1 where it is a threshold sample of run r.
    public let sets: [UInt8]
    private let own: [Int32]
    private let classes: Int

    /// Draws both sets from the job's seed.
    ///
    /// - Parameters:
    ///   - seed: the job's seed
    ///   - labels: N class numbers; -1 where the label is missing: such an example is never drawn
    ///   - split: N; 1 for the dataset's own test examples, which are never drawn
    ///   - duplicateOf: N; the row of the first identical input
    ///   - classes: C, at least 2; it is the number of the fake class as well
    public init(seed: UInt64, labels: [Int32], split: [UInt8], duplicateOf: [Int32], classes: Int) {
        precondition(classes >= 2, "two sets of threshold samples leave nothing of a single class")
        let labelled = labels.indices.filter { labels[$0] >= 0 && split[$0] == 0 }
        let copies = Dictionary(grouping: labelled) { duplicateOf[$0] }.mapValues(\.count)
        var generator = CounterGenerator(seed: seed, purpose: .thresholdSamples, stream: 0)
        var once = labelled.filter { copies[duplicateOf[$0]] == 1 }
        var others = labelled.filter { copies[duplicateOf[$0]] != 1 }
        generator.shuffle(&once)
        generator.shuffle(&others)
        let count = Self.count(labelled: labelled.count, classes: classes)
        var sets = [UInt8](repeating: 0, count: labels.count)
        for (place, row) in (once + others).prefix(Self.runs * count).enumerated() {
            sets[row] = UInt8(1 + place % Self.runs)
        }
        self.sets = sets
        self.classes = classes
        own = labels
    }

    /// Those of a job; nil where its plan is another.
    ///
    /// - Parameters:
    ///   - settings: the job's
    ///   - data: its dataset
    package init?(_ settings: DifficultySettings, on data: ReadyDataset) throws {
        guard settings.ensemble.split.fakeClasses > 0 else { return nil }
        self.init(
            seed: settings.training.seed,
            labels: try NPY.read(Int32.self, from: "\(data.path)/labels.npy").values,
            split: try NPY.read(UInt8.self, from: "\(data.path)/split.npy").values,
            duplicateOf: try NPY.read(Int32.self, from: "\(data.path)/duplicate_of.npy").values,
            classes: data.manifest.classes.count
        )
    }

    /// N / (C + 1), rounded: the samples of a run.
    ///
    /// - Parameters:
    ///   - labelled: N, labelled training examples
    ///   - classes: C
    public static func count(labelled: Int, classes: Int) -> Int {
        (2 * labelled + classes + 1) / (2 * (classes + 1))
    }

    /// The labels that a run's network sees, N class numbers with -1 for a missing one.
    public func labels(run: Int) -> [Int32] {
        own.indices.map { Int(sets[$0]) == run + 1 ? Int32(classes) : own[$0] }
    }

    /// These labels as the file that the member reads, an NPY of N i32.
    public func file(run: Int) -> [UInt8] { NPY.encode(NDArray(shape: [own.count], values: labels(run: run))) }

    /// SHA-256 of that file: what of the labels is part of the member's key.
    public func digest(run: Int) -> String { SHA256Hasher.hash(file(run: run)) }

    /// What of the dataset decides a run's bits: its labels, and a class more.
    func identity(_ data: DatasetIdentity, run: Int) -> DatasetIdentity {
        var data = data
        data.labels = digest(run: run)
        data.numClasses = classes + 1
        return data
    }
}
