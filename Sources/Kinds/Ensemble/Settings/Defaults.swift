import Datasets
import Recipes

/// The default settings by data, measured for each kind (Difficulty/README.md section 1, "Default settings").
///
/// Two departures: the table's image rows assume tens of thousands of pictures. With few, 128 a batch leaves a handful
/// of steps an epoch. Sets below 2,000 take batches of 32 and as many epochs (at most 60) as give 500 steps. For grey
/// pictures below 20,000 the `cnn` takes batches of 64 and as many epochs as give 600 steps, 10 at least: on 5,000
/// pictures of Fashion-MNIST and MNIST with a tenth of the labels wrong it fits more of them than 15 epochs of 128, is
/// right more often and finds the wrong labels no worse, in two thirds of the time (`Benchmarks/noise.py`).
///
/// Members of random subsets train on as little as the smallest train ratio s leaves. So that they learn there as well,
/// batches and epochs of such a job are those of a dataset whose usual four fifths would be as few: 1.25 s N examples.
/// Ten runs of each ratio hold every example out at s = 0.9; twenty, which small tables can afford, give that an error.
///
/// The preset `paper` follows Baldock, Maennel and Neyshabur, "Deep Learning Through the Lens of Example Difficulty"
/// (2021): `resnet18`, or `mlp` 2048-2048 for tables, in 10 folds x 25 repeats (the paper trains 250 networks on random
/// 90 % of the data), SGD with momentum 0.9 in batches of 128, no warm-up, a rate that falls in steps, k = 30. Where
/// Difficulty/README.md does not fix a number it is that of He et al. (2016) for such networks: 160 epochs, a tenth of
/// the rate after one half and three quarters of them; the first rate is ours. On two cores this is a month for 5,000
/// images of 32 x 32, and more than a year for 50,000.
struct Defaults {
    /// The pretrained network whose embeddings are trained on; nil: none.
    var backbone: Backbone?
    var model: ModelSettings
    var epochs: Int
    var batchSize: Int
    var learningRate: Double
    var folds = 5
    var repeats: Int
    /// Random subsets of each train ratio.
    var runs = 20
    /// Share of the steps in which the rate rises.
    var warmupFraction = 0.05
    var schedule = TrainingSettings.Schedule.cosine
    /// Neighbours a vote; nil follows from the classes.
    var k: Int?

    /// Networks with a normalisation behind each convolution.
    private static let deep: Set = ["resnet20", "resnet18", "vgg16"]

    /// - Parameters:
    ///   - data: shape and size of the data
    ///   - backbone: the pretrained network that its pictures go through
    ///   - model: the network asked for; nil and `auto` choose by the data
    ///   - options: what of it was chosen
    ///   - preset: the set of defaults asked for
    ///   - smallestRatio: the smallest train ratio of random subsets; nil where members train on most of the data
    init(
        for data: DatasetManifest,
        backbone: Backbone? = nil,
        model: String?,
        options: NetworkOptions,
        preset: DifficultyRequest.Preset?,
        smallestRatio: Double? = nil
    ) {
        if backbone != nil || data.isEmbedding == true && preset == nil {
            self.init(headsOn: backbone, for: data, model: model, options: options, smallestRatio: smallestRatio)
            return
        }
        self.init(for: data, model: model, hidden: options.hidden, preset: preset)
        if let smallestRatio {
            let few = Int(1.25 * smallestRatio * Double(data.splits.train))
            let small = Defaults(for: data, count: few, model: model, hidden: options.hidden, preset: preset)
            (epochs, batchSize) = (small.epochs, small.batchSize)
            runs = data.kind == .images || data.splits.train >= 20_000 ? 10 : 20
        }
        let isDeep = Defaults.deep.contains(self.model.name)
        self.model.options.channels = options.channels
        self.model.options.dense = options.dense
        self.model.options.norm = options.norm ?? (isDeep ? .group : nil)
        self.model.options.weightStandardization = options.weightStandardization ?? (isDeep ? false : nil)
        if isDeep { learningRate = 0.05 }
        guard preset == .paper else { return }
        if self.model.name == "mlp" { self.model.options.hidden = options.hidden ?? [2_048, 2_048] }
        (epochs, batchSize, learningRate) = (160, 128, 0.05)
        (folds, repeats, k) = (10, 25, 30)
        (warmupFraction, schedule) = (0, .step)
    }

    /// A head on embeddings (see `EmbeddingCentre` for their scale): few small steps, so that wrong labels are not memorised.
    ///
    /// Average precision of `issue_score` for wrong labels, 1,500 flowers of 5 classes and 2,000 objects of 100, seeds 1 and 2:
    /// `mlp` of 512 units .931, .924 and .987, .988; `linear` .914, .907 and .989, .986. More epochs of `linear` are worse on
    /// flowers (12: .903, .892), those of `mlp` no better (16: .931, .924). Texts the same: `mlp` .972 and .980, `linear` .967 and
    /// .976, on 2,000 questions of 77 kinds and 5,574 messages.
    ///
    /// Below 250 examples 12 epochs are too few steps: of 60 questions of ten kinds they rank the wrong ones at .69, 48 epochs of
    /// batches of 16 at .92, of 150 questions at .96 and 24 epochs at .99; of 150 flowers at .79 and .78. From 400 on there is
    /// nothing to gain.
    ///
    /// - Parameter backbone: makes the embeddings; nil where they came with the dataset
    private init(
        headsOn backbone: Backbone?,
        for data: DatasetManifest,
        model: String?,
        options: NetworkOptions,
        smallestRatio: Double?
    ) {
        let name = model == nil || model == "auto" ? "mlp" : model!
        self.backbone = backbone
        self.model = ModelSettings(name: name, options: options)
        if name == "mlp" { self.model.options.hidden = options.hidden ?? [512] }
        let count = Int((smallestRatio.map { 1.25 * $0 } ?? 1) * Double(data.splits.train))
        batchSize = count < 250 ? 16 : count < 20_000 ? 32 : 128
        (epochs, learningRate) = name == "linear" ? (8, 0.003) : (12, 0.005)
        if count < 250 { epochs = max(epochs, min(48, Defaults.epochs(of: count, by: batchSize, for: 150))) }
        repeats = 2
        runs = 10
    }

    private init(
        for data: DatasetManifest,
        count few: Int? = nil,
        model: String?,
        hidden: [Int]?,
        preset: DifficultyRequest.Preset?
    ) {
        let count = few ?? data.splits.train
        let images = data.kind == .images
        let small = preset == .paper ? "resnet18" : "cnn"
        let name = model == nil || model == "auto" ? (images ? small : "mlp") : model!
        func widths(_ standard: [Int]) -> [Int]? { hidden ?? (name == "mlp" ? standard : nil) }
        if images {
            let colour = data.shape.last != 1
            self.model = ModelSettings(
                name: name,
                options: .init(hidden: widths([512, 256]))
            )
            if count < 2_000 {
                batchSize = 32
                epochs = max(colour ? 30 : 15, min(60, Defaults.epochs(of: count, by: 32, for: 500)))
            } else if count < 20_000, name == "cnn", !colour {
                batchSize = 64
                epochs = max(10, Defaults.epochs(of: count, by: 64, for: 600))
            } else {
                batchSize = 128
                epochs = colour ? 30 : 15
            }
            learningRate = name == "mlp" ? 0.05 : 0.02
            repeats = 2
        } else if count < 2_000 {
            self.model = ModelSettings(name: name, options: .init(hidden: widths([64, 64])))
            batchSize = max(16, min(64, count / 20))
            epochs = max(20, min(100, 1_500 * batchSize * 5 / 4 / max(1, count)))
            learningRate = 0.05
            repeats = 10
        } else if count < 20_000 {
            self.model = ModelSettings(name: name, options: .init(hidden: widths([128, 128])))
            (epochs, batchSize, learningRate, repeats) = (30, 64, 0.05, 4)
        } else {
            self.model = ModelSettings(name: name, options: .init(hidden: widths([256, 256])))
            (epochs, batchSize, learningRate, repeats) = (20, 256, 0.05, 2)
        }
    }

    /// Epochs that give so many steps on four fifths of the examples.
    private static func epochs(of count: Int, by batchSize: Int, for steps: Int) -> Int {
        (steps * batchSize * 5 / 4 + count - 1) / max(1, count)
    }

    /// The epochs after which a preset's step schedule lowers the rate where none are given: one half and three
    /// quarters of them.
    static func stepEpochs(of epochs: Int) -> [Int] {
        Set([max(1, epochs / 2), max(1, epochs * 3 / 4)]).sorted()
    }
}
