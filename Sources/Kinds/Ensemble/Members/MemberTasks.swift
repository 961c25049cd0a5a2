import Arrays
import Datasets
import Experiments
import Files
import Foundation
import Recipes
import Tasks

/// The training runs of members as tasks: how they are planned, and how their folders are filled. Every kind of job that
/// trains networks on one dataset has such tasks.
public struct MemberTasks: Sendable {
    /// The networks on offer, and the engine that trains them.
    public let catalog: ModelCatalog
    /// Threads of each worker; part of what identifies a member.
    public let threads: Int

    /// Parameters are those of the properties.
    public init(catalog: ModelCatalog, threads: Int = 1) {
        self.catalog = catalog
        self.threads = threads
    }

    /// All members of a job, in order.
    package func plans(_ settings: DifficultySettings, on data: ReadyDataset) throws -> [MemberPlan] {
        let planted = try PlantedLabels(settings, on: data)
        let thresholds = try ThresholdSamples(settings, on: data)
        let identity = try identity(of: data, labels: planted?.digest)
        return (0..<settings.ensemble.memberCount).map { index in
            MemberPlan(
                engine: catalog.engine,
                threads: threads,
                data: thresholds?.identity(identity, run: index) ?? identity,
                settings: settings,
                index: index
            )
        }
    }

    /// What of a dataset decides its members' bits.
    ///
    /// - Parameter labels: SHA-256 of the labels that members see; nil where they are the dataset's
    package func identity(of data: ReadyDataset, labels: String? = nil) throws -> DatasetIdentity {
        DatasetIdentity(
            features: try data.digest("examples.npy"),
            labels: try labels ?? data.digest("labels.npy"),
            testMask: try data.digest("split.npy"),
            numClasses: data.manifest.classes.count
        )
    }

    /// P of a network.
    package func probeCount(of model: ModelSettings) -> Int { probeNames(of: model).count }

    /// Names of a network's probes, the input first.
    package func probeNames(of model: ModelSettings) -> [String] {
        catalog.entry(named: model.name)?.probeNames(model) ?? []
    }

    /// Fills the folder of an attempt: what the worker is told, which examples it holds out, and the labels that it sees
    /// where they are not the dataset's.
    package static func prepare(
        _ task: DraftTask,
        in folder: TaskFolder,
        on data: ReadyDataset,
        files: Files
    ) throws -> TaskNeeds {
        let plan = try JSONDecoder().decode(MemberPlan.self, from: Data(task.plan.utf8))
        var labels = try NPY.read(Int32.self, from: "\(data.path)/labels.npy").values
        let split = try NPY.read(UInt8.self, from: "\(data.path)/split.npy").values
        let duplicateOf = try NPY.read(Int32.self, from: "\(data.path)/duplicate_of.npy").values
        if let own = try plan.ownLabels(
            labels: labels,
            split: split,
            duplicateOf: duplicateOf,
            classes: data.manifest.classes.count
        ) {
            labels = own
            let file = NPY.encode(NDArray(shape: [own.count], values: own))
            let digest = SHA256Hasher.hash(file)
            guard digest == plan.labels else { throw LabelsDifferError(expected: plan.labels, got: digest) }
            try files.write(file, to: folder.file(TaskFolder.labelsName))
        }
        let heldOut = try plan.heldOut(labels: labels, split: split, duplicateOf: duplicateOf)
        _ = try NPY.write(
            NDArray(shape: [heldOut.count], values: heldOut),
            to: folder.file(TaskFolder.heldOutName),
            files: files
        )
        try files.write(try CanonicalJSON.encode(MemberSpec(plan: plan, data: data)), to: folder.specification)
        return TaskNeeds(threads: plan.threads)
    }
}

extension DraftTask {
    /// The task of a member.
    package init(_ plan: MemberPlan) throws {
        self.init(key: try plan.probeKey(), plan: try CanonicalJSON.text(plan))
    }
}

extension MemberSpec {
    /// - Parameters:
    ///   - plan: what the member is made from
    ///   - data: its dataset
    init(plan: MemberPlan, data: ReadyDataset) throws {
        let manifest = data.manifest
        self.init(
            key: try plan.probeKey(),
            trainKey: try plan.trainKey(),
            dataset: Data(
                directory: data.path,
                kind: manifest.kind == .images ? .images : .features,
                shape: manifest.shape,
                numExamples: manifest.numExamples,
                numClasses: plan.numClasses,
                mean: manifest.normalisation.mean,
                std: manifest.normalisation.std
            ),
            labels: try plan.seesOwnLabels ? TaskFolder.labelsName : "\(data.path)/labels.npy",
            heldOut: TaskFolder.heldOutName,
            member: plan.index,
            model: plan.model,
            training: plan.training,
            observe: plan.observe,
            probes: Probes(
                k: plan.probes.k,
                neighbors: plan.probes.neighbors,
                inputMargin: plan.probes.inputMargin,
                tieSeed: plan.tieSeed
            ),
            seed: try plan.memberSeed,
            threads: plan.threads
        )
    }
}
