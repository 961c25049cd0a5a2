import Datasets

/// The default settings by data, measured for each kind (scores.md section 1, "Default settings").
///
/// One departure: the table's image rows assume thousands of pictures. With few, 128 a batch leaves a handful of steps
/// an epoch, so small sets take batches of 32 and as many epochs (at most 60) as give 500 steps.
struct Defaults {
    var model: ModelSettings
    var epochs: Int
    var batchSize: Int
    var learningRate: Double
    var repeats: Int

    /// - Parameters:
    ///   - data: shape and size of the data
    ///   - model: the network asked for; nil and `auto` choose by the data
    ///   - hidden: the widths asked for
    init(for data: DatasetManifest, model: String?, hidden: [Int]?) {
        let count = data.splits.train
        let images = data.kind == .images
        let name = model == nil || model == "auto" ? (images ? "cnn" : "mlp") : model!
        if images {
            let colour = data.shape.last == 3
            self.model = ModelSettings(name: name, hidden: name == "mlp" ? hidden ?? [512, 256] : hidden)
            batchSize = count < 2_000 ? 32 : 128
            let enough = (500 * batchSize * 5 / 4 + count - 1) / max(1, count)
            epochs = max(colour ? 30 : 15, count < 2_000 ? min(60, enough) : 0)
            learningRate = name == "mlp" ? 0.05 : 0.02
            repeats = 2
        } else if count < 2_000 {
            self.model = ModelSettings(name: name, hidden: hidden ?? [64, 64])
            batchSize = max(16, min(64, count / 20))
            epochs = max(20, min(100, 1_500 * batchSize * 5 / 4 / max(1, count)))
            learningRate = 0.05
            repeats = 10
        } else if count < 20_000 {
            self.model = ModelSettings(name: name, hidden: hidden ?? [128, 128])
            (epochs, batchSize, learningRate, repeats) = (30, 64, 0.05, 4)
        } else {
            self.model = ModelSettings(name: name, hidden: hidden ?? [256, 256])
            (epochs, batchSize, learningRate, repeats) = (20, 256, 0.05, 2)
        }
    }

    /// k of the probes where `auto`: clamp(floor(n_min / 2), 5, 30), n_min being the size in the training set of a
    /// member of the smallest class that has at least 10 examples there (scores.md section 2).
    static func neighbors(classCounts: [Int], folds: Int) -> Int {
        let inTraining = classCounts.map { $0 * (folds - 1) / folds }
        let smallest = inTraining.filter { $0 >= 10 }.min() ?? 10
        return max(5, min(30, smallest / 2))
    }
}
