import Difficulty
import Files
import Recipes
import Tasks

/// What a member is made from. Two plans with equal content give equal evidence, bit for bit, so the digest of the
/// content names the evidence (architecture rule 2): `trainKey` for the training run, `probeKey` for it with its
/// probes.
public struct MemberPlan: Codable, Hashable, Sendable {
    /// Version of the evidence arrays.
    public var evidenceVersion = MemberManifest.currentEvidenceVersion
    /// The engine that trains.
    public var engine: EngineIdentity
    /// Threads of the worker.
    public var threads: Int
    /// SHA-256 of `examples.npy`, or the key of the embeddings that stand for it.
    public var features: String
    /// The name of the backbone whose embeddings these are; no part of a key, which has that of the embeddings.
    public var backbone: String?
    /// SHA-256 of the labels that the member sees.
    public var labels: String
    /// SHA-256 of the mask of test examples.
    public var testMask: String
    /// C: the width of the network's output, which unused class names widen and so does the fake class of
    /// `threshold_samples`.
    public var numClasses: Int
    /// The split plan.
    public var splitPlan: EnsemblePlan
    /// K, of `kfold`.
    public var folds: Int?
    /// s, of `subsets`. Of this and all below that is not the plan's, the JSON has nothing.
    public var trainRatio: Double?
    /// The rows to train on, of `selection`.
    public var trainSet: TrainSet?
    /// The member's place in the plan, which is the run of `threshold_samples`; its run, of `subsets` among those of its
    /// ratio and of `selection` of its set.
    public var index: Int
    /// The network.
    public var model: ModelSettings
    /// The training settings, the job's seed among them.
    public var training: TrainingSettings
    /// When training examples are observed.
    public var observe: Observation
    /// The probes; not part of `trainKey`.
    public var probes: ProbeSettings
    /// How the labels come from the dataset's; no part of a key, which has the digest of the labels themselves.
    public var plant: PlantSettings?

    enum CodingKeys: String, CodingKey {
        case evidenceVersion = "evidence_version"
        case engine
        case threads
        case features
        case backbone
        case labels
        case testMask = "test_mask"
        case numClasses = "num_classes"
        case splitPlan = "split_plan"
        case folds
        case trainRatio = "train_ratio"
        case trainSet = "train_set"
        case index
        case model
        case training
        case observe
        case probes
        case plant
    }

    /// The member of a job.
    ///
    /// - Parameter index: its place in the job's plan; rounds over all train ratios follow each other, so that a job of
    ///   more runs begins with the same members
    public init(
        engine: EngineIdentity,
        threads: Int,
        data: DatasetIdentity,
        settings: DifficultySettings,
        index: Int
    ) {
        self.init(engine, threads, data, settings, index: index)
        settings.ensemble.split.fill(&self, at: index)
    }

    /// A member that trains on chosen rows.
    ///
    /// - Parameter run: members of equal run and seed begin from the same weights, whatever their sets
    public init(
        engine: EngineIdentity,
        threads: Int,
        data: DatasetIdentity,
        settings: DifficultySettings,
        set: TrainSet,
        run: Int
    ) {
        self.init(engine, threads, data, settings, index: run)
        trainSet = set
    }

    private init(
        _ engine: EngineIdentity,
        _ threads: Int,
        _ data: DatasetIdentity,
        _ settings: DifficultySettings,
        index: Int
    ) {
        self.engine = engine
        self.threads = threads
        features = data.features
        backbone = settings.backbone?.name
        labels = data.labels
        testMask = data.testMask
        numClasses = data.numClasses
        splitPlan = settings.ensemble.plan
        self.index = index
        model = settings.model
        training = settings.training
        observe = settings.observe
        probes = settings.probes
        plant = settings.plant
    }

    /// Names the training run.
    public func trainKey() throws -> String {
        struct Content: Encodable {
            var plan: MemberPlan

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(plan.evidenceVersion, forKey: .evidenceVersion)
                try container.encode(plan.engine, forKey: .engine)
                try container.encode(plan.threads, forKey: .threads)
                try container.encode(plan.features, forKey: .features)
                try container.encode(plan.labels, forKey: .labels)
                try container.encode(plan.testMask, forKey: .testMask)
                try container.encode(plan.numClasses, forKey: .numClasses)
                try container.encode(plan.splitPlan, forKey: .splitPlan)
                try container.encodeIfPresent(plan.folds, forKey: .folds)
                try container.encodeIfPresent(plan.trainRatio, forKey: .trainRatio)
                try container.encodeIfPresent(plan.trainSet, forKey: .trainSet)
                try container.encode(plan.index, forKey: .index)
                try container.encode(plan.model, forKey: .model)
                try container.encode(plan.training, forKey: .training)
                try container.encode(plan.observe, forKey: .observe)
            }
        }
        return try CanonicalJSON.digest(Content(plan: self))
    }

    /// Names the evidence: the training run and its probes.
    public func probeKey() throws -> String {
        struct Content: Encodable {
            var train_key: String
            var probes: ProbeSettings
        }
        return try CanonicalJSON.digest(Content(train_key: trainKey(), probes: probes))
    }

    /// What the member holds out.
    ///
    /// - Throws: `EvidenceError.unreadable` where the plan says no split
    var split: any MemberSplit { get throws { try splitPlan.split.member(self) } }

    /// The member's own seed, below 2^53 so that every JSON reader keeps it exact.
    public var memberSeed: UInt64 {
        get throws {
            var generator = try split.generator(seed: training.seed)
            return generator.next() >> 11
        }
    }

    /// The examples that the member does not train on; parameters are those of `MemberSplit`.
    ///
    /// - Returns: N bytes, 1 where the member holds the example out
    /// - Throws: `EvidenceError.unreadable` where the plan says no split
    public func heldOut(labels: [Int32], split: [UInt8], duplicateOf: [Int32]) throws -> [UInt8] {
        try self.split.heldOut(labels: labels, split: split, duplicateOf: duplicateOf)
    }

    /// The labels that the member sees where they are not the dataset's; parameters as for `heldOut`.
    ///
    /// - Parameter classes: C of the dataset
    func ownLabels(labels: [Int32], split: [UInt8], duplicateOf: [Int32], classes: Int) throws -> [Int32]? {
        if let plant {
            return try PlantedLabels(plant, seed: training.seed, labels: labels, split: split, classes: numClasses)
                .effective
        }
        return try self.split.ownLabels(labels: labels, split: split, duplicateOf: duplicateOf, classes: classes)
    }

    /// Whether the member sees labels other than the dataset's, from a file in its task folder.
    var seesOwnLabels: Bool { get throws { try plant != nil || split.seesOwnLabels } }

    /// The seed of the hash that breaks distance ties; the same for all members of a job.
    public var tieSeed: UInt64 {
        var generator = CounterGenerator(seed: training.seed, purpose: .ties, stream: 0)
        return generator.next() >> 11
    }
}

/// What of a dataset decides a member's bits.
public struct DatasetIdentity: Codable, Hashable, Sendable {
    /// SHA-256 of `examples.npy`.
    public var features: String
    /// SHA-256 of the labels that members see.
    public var labels: String
    /// SHA-256 of `split.npy`.
    public var testMask: String
    /// C.
    public var numClasses: Int

    /// - Parameters:
    ///   - features: SHA-256 of `examples.npy`
    ///   - labels: SHA-256 of the labels that members see
    ///   - testMask: SHA-256 of `split.npy`
    ///   - numClasses: C
    public init(features: String, labels: String, testMask: String, numClasses: Int) {
        self.features = features
        self.labels = labels
        self.testMask = testMask
        self.numClasses = numClasses
    }
}
