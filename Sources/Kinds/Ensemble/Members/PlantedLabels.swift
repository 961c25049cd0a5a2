import Arrays
import Datasets
import Experiments
import Files
import Recipes

/// The labels of a job that plants wrong ones: the one place where they are drawn. Its members' keys hold the digest of
/// these labels, and whoever draws them again for a member holds them against that digest, so the two cannot differ.
public struct PlantedLabels: Sendable {
    /// What an example is to the calibration of scores.
    public enum Part: UInt8, Sendable {
        /// Has no label or belongs to the test split.
        case none = 0
        /// Keeps its label; score and cut are chosen by it.
        case choosing = 1
        /// Has a planted label; score and cut are chosen by it.
        case plantedChoosing = 2
        /// Keeps its label; what was chosen is checked by it.
        case checking = 3
        /// Has a planted label; what was chosen is checked by it.
        case plantedChecking = 4
    }

    /// The labels that members see, N class numbers with -1 for a missing one.
    public let effective: [Int32]
    /// What each example is to the calibration, N values of `Part`.
    public let parts: [UInt8]

    /// Draws the examples whose labels are replaced, and the labels they get, from the job's seed.
    ///
    /// One example of each class at least keeps its label, so that no class is lost.
    ///
    /// - Parameters:
    ///   - settings: how many and which
    ///   - seed: the job's seed
    ///   - labels: N class numbers; -1 where the label is missing
    ///   - split: N; 1 for the dataset's own test examples, which keep their labels
    ///   - classes: C
    /// - Throws: `PlantError` where the labels are not those that the settings were made for
    public init(
        _ settings: PlantSettings,
        seed: UInt64,
        labels: [Int32],
        split: [UInt8],
        classes: Int
    ) throws(PlantError) {
        let candidates = labels.indices.filter { labels[$0] >= 0 && split[$0] == 0 }
        var remaining = [Int](repeating: 0, count: classes)
        for row in candidates { remaining[Int(labels[row])] += 1 }
        let present = (0..<Int32(classes)).filter { remaining[Int($0)] > 0 }
        guard present.count >= 2 else { throw PlantError(wanted: settings.labels, possible: 0) }

        var generator = CounterGenerator(seed: seed, purpose: .plant, stream: 0)
        var order = candidates
        generator.shuffle(&order)
        var effective = labels
        var planted: [Int] = []
        for row in order where planted.count < settings.labels {
            let own = labels[row]
            guard remaining[Int(own)] > 1, let place = present.firstIndex(of: own) else { continue }
            remaining[Int(own)] -= 1
            let step =
                switch settings.kind {
                case .uniform: 1 + Int(generator.next(below: UInt64(present.count - 1)))
                case .pair: 1
                }
            effective[row] = present[(place + step) % present.count]
            planted.append(row)
        }
        guard planted.count == settings.labels else {
            throw PlantError(wanted: settings.labels, possible: planted.count)
        }

        var parts = [UInt8](repeating: Part.none.rawValue, count: labels.count)
        let isPlanted = Set(planted)
        let others = order.filter { !isPlanted.contains($0) }
        // Both lists are in random order already; a half each, so that both halves have the same share of planted ones.
        for (place, row) in planted.enumerated() {
            parts[row] = (place % 2 == 0 ? Part.plantedChoosing : .plantedChecking).rawValue
        }
        for (place, row) in others.enumerated() {
            parts[row] = (place % 2 == 0 ? Part.choosing : .checking).rawValue
        }
        self.effective = effective
        self.parts = parts
    }

    /// Those of a job, drawn from its dataset's; nil where it plants none.
    ///
    /// - Parameters:
    ///   - settings: the job's
    ///   - data: its dataset
    package init?(_ settings: DifficultySettings, on data: ReadyDataset) throws {
        guard let plant = settings.plant else { return nil }
        try self.init(
            plant,
            seed: settings.training.seed,
            labels: NPY.read(Int32.self, from: "\(data.path)/labels.npy").values,
            split: NPY.read(UInt8.self, from: "\(data.path)/split.npy").values,
            classes: data.manifest.classes.count
        )
    }

    /// The labels as the file that members read, an NPY of N i32.
    public var file: [UInt8] { NPY.encode(NDArray(shape: [effective.count], values: effective)) }

    /// SHA-256 of that file: what of the labels is part of a member's key.
    public var digest: String { SHA256Hasher.hash(file) }
}

/// Wrong labels that cannot be planted.
public struct PlantError: Error, CustomStringConvertible {
    /// How many were asked for.
    var wanted: Int
    /// How many there can be.
    var possible: Int

    /// One sentence for people.
    public var description: String {
        "\(wanted) labels cannot be planted in this dataset, at most \(possible)"
    }
}

/// Labels drawn again for a member that are not those its key was made of.
struct LabelsDifferError: Error, CustomStringConvertible {
    var expected: String
    var got: String

    var description: String {
        "the labels drawn for this member have the digest \(got), its key was made of \(expected)"
    }
}
