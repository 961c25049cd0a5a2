/// What `plumbline score` is asked to do: which members' evidence becomes the columns of which folder.
public struct ScoreSpec: Codable, Sendable, Hashable {
    /// One finished member.
    public struct Member: Codable, Sendable, Hashable {
        /// Its place in the job's plan: round `index / parts`, in it the fold or train ratio `index % parts`.
        public var index: Int
        /// The folder with its evidence.
        public var directory: String

        /// A member and its folder.
        public init(index: Int, directory: String) {
            self.index = index
            self.directory = directory
        }
    }

    /// Wrong labels that the job planted among the effective ones.
    public struct Planted: Codable, Sendable, Hashable {
        /// What each example is to the calibration: N u8, 0 nothing (test split or no label), 1 keeps its label, 2 has a
        /// planted one; 3 and 4 are the same in the half that checks what was chosen by the first.
        public var parts: String
        /// The dataset's own labels, N i32 with -1 for a missing one.
        public var ownLabels: String

        enum CodingKeys: String, CodingKey {
            case parts
            case ownLabels = "own_labels"
        }

        /// The two files.
        public init(parts: String, ownLabels: String) {
            self.parts = parts
            self.ownLabels = ownLabels
        }
    }

    /// What there is to know of the job's split plan beside its members.
    public struct Plan: Codable, Sendable, Hashable {
        /// Its name, by which scores name the plan that they need.
        public var name: String
        /// What its rounds are called.
        public var rounds: String
        /// Why it tells no other scores than its own: a sentence; nil where it tells whatever the evidence allows.
        public var whyNoOthers: String?

        enum CodingKeys: String, CodingKey {
            case name, rounds
            case whyNoOthers = "why_no_others"
        }

        /// Parameters are those of the properties.
        public init(name: String, rounds: String, whyNoOthers: String? = nil) {
            self.name = name
            self.rounds = rounds
            self.whyNoOthers = whyNoOthers
        }

        /// Rounds of folds.
        public static let folds = Plan(name: "kfold", rounds: "repeats")
    }

    /// Members that are in the middle of their training.
    public struct Preview: Codable, Sendable, Hashable {
        /// Epochs so far.
        public var epochs: Int
        /// T.
        public var of: Int

        /// Parameters are those of the properties.
        public init(epochs: Int, of: Int) {
            self.epochs = epochs
            self.of = of
        }
    }

    /// The dataset's folder (`manifest.json`, `split.npy`, `duplicate_of.npy`).
    public var datasetDirectory: String
    /// The effective labels, N i32 with -1 for a missing one.
    public var labels: String
    /// Where the columns go; `summary.json` appears there last.
    public var outputDirectory: String
    /// The split plan.
    public var plan: Plan
    /// The members that have learned, in any order.
    public var members: [Member]
    /// M of the whole plan.
    public var membersTotal: Int
    /// Members of a round: K, or the number of train ratios.
    public var parts: Int
    /// Rounds: R.
    public var rounds: Int
    /// The train ratios of random subsets, ascending; nil where members are folds.
    public var ratios: [Double]?
    /// Neighbours that vote at each probe.
    public var k: Int
    /// The job's seed.
    public var seed: UInt64
    /// T.
    public var epochs: Int
    /// C.
    public var numClasses: Int
    /// Whether more members are to come.
    public var partial: Bool
    /// Nil where members are whole.
    public var preview: Preview?
    /// Whether to compute the `input_knn` baseline.
    public var inputBaseline: Bool
    /// Members of the plan that finished without having learned and are therefore not in `members`.
    public var membersExcluded: Int?
    /// Nil where the effective labels are the dataset's own.
    public var planted: Planted?
    /// Of the plan `threshold_samples`: the file that says of which run each example is a threshold sample, N u8, 0 for none
    /// and r + 1 for run r. The networks of that plan have a class more than `numClasses`, which is the samples'.
    public var thresholdSets: String?
    /// Deviations from the scores' default conventions.
    public var options: ScoreOptions?
    /// Inputs that determine the label and were asked for.
    public var leaks: [String]?

    /// The name of the reduction.
    public static let reduction = "scores"
    /// Whose reduction it is.
    public private(set) var reduction = Self.reduction

    enum CodingKeys: String, CodingKey {
        case reduction
        case datasetDirectory = "dataset_directory"
        case labels
        case outputDirectory = "output_directory"
        case members, plan
        case membersTotal = "members_total"
        case parts = "folds"
        case rounds = "repeats"
        case ratios, k, seed, epochs
        case numClasses = "num_classes"
        case partial, preview
        case inputBaseline = "input_baseline"
        case membersExcluded = "members_excluded"
        case planted, options, leaks
        case thresholdSets = "threshold_sets"
    }

    /// A request with the default conventions.
    public init(
        datasetDirectory: String,
        labels: String,
        outputDirectory: String,
        plan: Plan = .folds,
        members: [Member],
        membersTotal: Int,
        parts: Int,
        rounds: Int,
        ratios: [Double]? = nil,
        k: Int,
        seed: UInt64,
        epochs: Int,
        numClasses: Int,
        partial: Bool = false,
        preview: Preview? = nil,
        inputBaseline: Bool = true,
        membersExcluded: Int? = nil,
        planted: Planted? = nil,
        thresholdSets: String? = nil,
        options: ScoreOptions? = nil,
        leaks: [String]? = nil
    ) {
        self.datasetDirectory = datasetDirectory
        self.labels = labels
        self.outputDirectory = outputDirectory
        self.plan = plan
        self.members = members
        self.membersTotal = membersTotal
        self.parts = parts
        self.rounds = rounds
        self.ratios = ratios
        self.k = k
        self.seed = seed
        self.epochs = epochs
        self.numClasses = numClasses
        self.partial = partial
        self.preview = preview
        self.inputBaseline = inputBaseline
        self.membersExcluded = membersExcluded
        self.planted = planted
        self.thresholdSets = thresholdSets
        self.options = options
        self.leaks = leaks
    }
}

/// The named options of the scores (the manifest at `GET /v1/scores` lists them); every default is the definition.
public struct ScoreOptions: Codable, Sendable, Hashable {
    /// What `iteration_learned` waits for.
    public enum LearnedTarget: String, Codable, Sendable, CaseIterable {
        /// The network's own final class.
        case prediction
        /// The given label; members that never settle on it are left out.
        case label
    }

    /// The epoch, from 1, of `el2n`; nil: a tenth of all epochs, at least 1.
    public var el2nEpoch: Int?
    /// The target of `iteration_learned`.
    public var learnedTarget: LearnedTarget
    /// At or below this share of the layers a depth is low.
    public var lowDepth: Double
    /// At or above this share of the layers a depth is high.
    public var highDepth: Double
    /// Whether these shares divide low from high, or the quartiles of the job itself.
    public var groupCuts: GroupCuts.Rule

    enum CodingKeys: String, CodingKey {
        case el2nEpoch = "el2n_at"
        case learnedTarget = "iteration_learned_target"
        case lowDepth = "group_low"
        case highDepth = "group_high"
        case groupCuts = "group_cuts"
    }

    /// The defaults, or deviations from them.
    public init(
        el2nEpoch: Int? = nil,
        learnedTarget: LearnedTarget = .prediction,
        lowDepth: Double = 0.25,
        highDepth: Double = 0.5,
        groupCuts: GroupCuts.Rule = .fixed
    ) {
        self.el2nEpoch = el2nEpoch
        self.learnedTarget = learnedTarget
        self.lowDepth = lowDepth
        self.highDepth = highDepth
        self.groupCuts = groupCuts
    }

    /// Missing fields take their default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let standard = ScoreOptions()
        el2nEpoch = try values.decodeIfPresent(Int.self, forKey: .el2nEpoch)
        learnedTarget =
            try values.decodeIfPresent(LearnedTarget.self, forKey: .learnedTarget) ?? standard.learnedTarget
        lowDepth = try values.decodeIfPresent(Double.self, forKey: .lowDepth) ?? standard.lowDepth
        highDepth = try values.decodeIfPresent(Double.self, forKey: .highDepth) ?? standard.highDepth
        groupCuts = try values.decodeIfPresent(GroupCuts.Rule.self, forKey: .groupCuts) ?? standard.groupCuts
    }
}
