import Arrays
import Backbones
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
        let identity = try identity(of: data, labels: planted?.digest, backbone: settings.backbone)
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
    /// - Parameters:
    ///   - labels: SHA-256 of the labels that members see; nil where they are the dataset's
    ///   - backbone: the network whose embeddings stand for the pictures or texts
    package func identity(
        of data: ReadyDataset,
        labels: String? = nil,
        backbone: Backbone? = nil
    ) throws -> DatasetIdentity {
        DatasetIdentity(
            features: try backbone.map { try embedding(of: data, by: $0).key } ?? data.digest("examples.npy"),
            labels: try labels ?? data.digest("labels.npy"),
            testMask: try data.digest("split.npy"),
            numClasses: data.manifest.classes.count
        )
    }

    /// Embeddings of a dataset: where they are or will be, and what makes them.
    ///
    /// - Throws: `SettingsError` where there is no such backbone any more, or another one of its name
    package func embedding(of data: ReadyDataset, by backbone: Backbone) throws -> EmbeddingSpec {
        guard let entry = catalog.backbones[backbone.name], entry.backbone.sha256 == backbone.sha256,
            entry.backbone.input == backbone.input, entry.backbone.probes == backbone.probes
        else {
            throw SettingsError(
                "/backbone",
                "the backbone \(backbone.name) that this job was submitted with is not there any more"
            )
        }
        guard data.manifest.canBeSeen(by: backbone), let content = data.manifest.contentDigest else {
            throw SettingsError("/backbone", data.manifest.objection(to: backbone))
        }
        let key = try EmbeddingSpec.key(
            content: content,
            backbone: entry.backbone,
            runtime: entry.runtime,
            instructionSet: catalog.engine.instructionSet
        )
        return EmbeddingSpec(
            key: key,
            directory: "\(data.embeddings)/\(DataFolder.embedding(key, of: content))",
            backbone: entry.backbone,
            model: entry.model,
            library: entry.library,
            runtime: entry.runtime
        )
    }

    /// P of a job.
    package func probeCount(of settings: DifficultySettings) -> Int { probeNames(of: settings).count }

    /// Names of a job's probes, the input first: those of the backbone stand in its place.
    package func probeNames(of settings: DifficultySettings) -> [String] {
        let own = catalog.entry(named: settings.model.name)?.probeNames(settings.model) ?? []
        return settings.backbone?.probeNames(before: own) ?? own
    }

    /// Fills the folder of an attempt: what the worker is told, which examples it holds out, and the labels that it sees
    /// where they are not the dataset's.
    package func prepare(
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
        let embedding = try plan.backbone.map { name in
            guard let entry = catalog.backbones[name] else {
                throw SettingsError("/backbone", "there is no backbone \(name) any more")
            }
            let made = try self.embedding(of: data, by: entry.backbone)
            guard made.key == plan.features else {
                throw SettingsError("/backbone", "the backbone \(name) is another one than when this job was submitted")
            }
            try files.createDirectory(made.directory)
            let description = "\(made.directory)/\(EmbeddingFolder.backboneName)"
            if !files.exists(description) { try files.write(CanonicalJSON.encode(made.backbone), to: description) }
            return made
        }
        try files.write(
            try CanonicalJSON.encode(
                MemberSpec(
                    plan: plan,
                    data: data,
                    embedding: embedding,
                    candidates: catalog.machine?.choice(
                        for: MachineRates.search,
                        among: [Precision.bf16, .f32].map(\.rawValue)
                    ).flatMap(Precision.init)
                )
            ),
            to: folder.specification
        )
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
    ///   - embedding: what stands for its pictures
    ///   - candidates: in what elements neighbours are compared
    init(plan: MemberPlan, data: ReadyDataset, embedding: EmbeddingSpec?, candidates: Precision? = nil) throws {
        let manifest = data.manifest
        self.init(
            key: try plan.probeKey(),
            trainKey: try plan.trainKey(),
            dataset: Data(
                directory: data.path,
                kind: manifest.kind == .images && embedding == nil ? .images : .features,
                shape: embedding.map { [$0.backbone.width] } ?? manifest.shape,
                numExamples: manifest.numExamples,
                numClasses: plan.numClasses,
                mean: embedding == nil ? manifest.normalisation.mean : [],
                std: embedding == nil ? manifest.normalisation.std : [],
                embedding: embedding
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
                candidates: candidates,
                tieSeed: plan.tieSeed
            ),
            seed: try plan.memberSeed,
            threads: plan.threads
        )
    }
}
