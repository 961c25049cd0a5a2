import Datasets
import Difficulty
import Experiments
import Recipes
import Service

extension DifficultySettings {
    /// Fills a request in with the defaults for its data and checks every field.
    ///
    /// - Throws: `SettingsError` with all that is wrong at once
    public static func resolve(
        _ request: DifficultyRequest,
        for data: DatasetManifest,
        catalog: ModelCatalog
    ) throws(SettingsError) -> DifficultySettings {
        guard data.hasInputs else {
            throw SettingsError(
                "/dataset",
                "its examples came with a training log, without inputs that a network could be trained on"
            )
        }
        guard !data.classes.isEmpty else {
            throw SettingsError(
                "/dataset",
                "its examples have no labels (it was sent with task=none), and without labels nothing can be learned from it "
                    + "or be wrong in it"
            )
        }
        var checks = Checks()
        let ratios = request.plan == .subsets ? checked(request.ratios ?? Self.defaultRatios, in: &checks) : nil
        let defaults = Defaults(
            for: data,
            model: request.model,
            options: request.options,
            preset: request.preset,
            smallestRatio: ratios?.first
        )
        if let entry = catalog.entry(named: defaults.model.name) {
            let objection = entry.objection(defaults.model, data.shape, data.classes.count)
            checks.expect(
                objection == nil,
                objection?.field.map { "/model/\($0)" } ?? "/model",
                objection?.detail ?? ""
            )
        } else {
            checks.expect(
                false,
                "/model",
                "unknown model \"\(defaults.model.name)\"; there are auto, \(catalog.entries.map(\.name).joined(separator: ", "))"
            )
        }
        defaults.model.options.check(at: "/model", in: &checks)
        let labelled = data.classCounts.train.reduce(0, +)
        let training = training(request, defaults, catalog, on: data, in: &checks)

        let isOfThresholdSamples = request.plan == .thresholdSamples
        let hasProbes = !isOfThresholdSamples && request.k != 0
        let ensemble =
            isOfThresholdSamples
            ? thresholdEnsemble(request, on: data, in: &checks)
            : ensemble(request, ratios: ratios, defaults, labelled: labelled, in: &checks)
        let k: Int
        let references: Int
        if !hasProbes {
            (k, references) = (0, labelled)
        } else if let smallest = ratios?.first {
            k = request.k ?? defaults.k ?? Defaults.neighbors(classCounts: data.classCounts.train, ratio: smallest)
            references = Int(Double(labelled) * smallest)
        } else {
            k =
                request.k ?? defaults.k
                ?? Defaults.neighbors(classCounts: data.classCounts.train, folds: max(2, ensemble.folds))
            references = labelled * (max(2, ensemble.folds) - 1) / max(2, ensemble.folds)
        }
        checks.expect(
            !hasProbes || (k >= 1 && k <= min(254, references - 1)),
            "/probes/k",
            "0 for no probes, or 1 to \(max(1, min(254, references - 1))) (a member trains on about \(references) examples"
                + "\((ratios?.count ?? 1) > 1 ? " at the smallest train ratio" : "")), got \(k)"
        )
        checks.expect(
            request.k != 0 || request.neighbors != .projected || isOfThresholdSamples,
            "/probes/neighbors",
            "not without probes (k is 0): no neighbours are searched"
        )
        if let options = request.scoreOptions { check(options, epochs: training.epochs, in: &checks) }
        checks.expect(
            request.inputMargin == nil || defaults.model.options.norm != .batch,
            "/probes/input_margin",
            "not with batch normalisation, where a gradient belongs to a batch and not to an example"
        )
        var plant: PlantSettings?
        do {
            plant = try request.plant.map { wanted throws(SettingsError) in
                try PlantSettings.resolve(wanted, classCounts: data.classCounts.train)
            }
        } catch {
            checks.issues += error.issues
        }
        try checks.finish()
        return DifficultySettings(
            model: defaults.model,
            training: training,
            ensemble: ensemble,
            probes: ProbeSettings(k: k, neighbors: request.neighbors ?? .exact, inputMargin: request.inputMargin),
            observe: request.observe ?? .presentation,
            scoreOptions: request.scoreOptions,
            plant: plant
        )
    }

    /// The defaults with what the request names.
    private static func training(
        _ request: DifficultyRequest,
        _ defaults: Defaults,
        _ catalog: ModelCatalog,
        on data: DatasetManifest,
        in checks: inout Checks
    ) -> TrainingSettings {
        let schedule = request.training.schedule ?? defaults.schedule
        var training = TrainingSettings(
            epochs: defaults.epochs,
            batchSize: defaults.batchSize,
            learningRate: defaults.learningRate,
            schedule: schedule,
            warmupFraction: schedule == .oneCycle ? 0.3 : defaults.warmupFraction,
            precision: defaults.precision(catalog),
            seed: 0
        )
        do {
            try request.training.apply(to: &training)
        } catch {
            checks.expect(false, "/training", "\(error)")
        }
        if request.preset != nil, schedule == .step, training.stepEpochs == nil {
            training.stepEpochs = Defaults.stepEpochs(of: training.epochs)
        }
        training.check(at: "/training", in: &checks)
        checks.expect(
            catalog.precisions.contains(training.precision),
            "/training/precision",
            "this processor does not compute in \(training.precision.rawValue) (it would need AVX-512 with bfloat16); "
                + "leave the field out, or say \"auto\""
        )
        if let augmentation = training.augmentation { check(augmentation, for: data, in: &checks) }
        return training
    }

    private static func check(_ options: ScoreOptions, epochs: Int, in checks: inout Checks) {
        if let epoch = options.el2nEpoch {
            checks.expect(
                (1...max(1, epochs)).contains(epoch),
                "/scores/el2n_at",
                "an epoch, 1 to \(epochs), got \(epoch)"
            )
        }
        options.check(at: "/scores", in: &checks)
    }

    private static func target(
        of wanted: DifficultyRequest.Until,
        repeats: Int,
        folds: Int,
        hasProbes: Bool,
        in checks: inout Checks
    ) -> ReliabilityTarget {
        let path = "/ensemble/until"
        // Those of other plans would never be reliable, having no values.
        let scores = ScoreManifest.current.scores.filter {
            $0.dtype == "float32" && $0.higherIsHarder != nil && $0.plan == nil
        }
        checks.expect(
            scores.contains { $0.name == wanted.score },
            "\(path)/score",
            "unknown score \"\(wanted.score)\"; there are \(scores.map(\.name).joined(separator: ", "))"
        )
        checks.expect(
            hasProbes || ScoreManifest.current[wanted.score]?.needsProbes != true,
            "\(path)/score",
            "\(wanted.score) comes from the probes, and there are none (k is 0)"
        )
        checks.expect(
            wanted.reliability > 0 && wanted.reliability < 1,
            "\(path)/reliability",
            "above 0 and below 1, got \(wanted.reliability)"
        )
        checks.expect(
            repeats >= ReliabilityTarget.fewestRepeats,
            "/ensemble/repeats",
            "at least \(ReliabilityTarget.fewestRepeats) beside until, since halves made of whole repeats are compared, got "
                + "\(repeats)"
        )
        let most = JobPlan.mostTasks / max(1, folds)
        let maxRepeats = wanted.maxRepeats ?? max(repeats, min(ReliabilityTarget.defaultMaxRepeats, most))
        checks.expect(
            maxRepeats >= repeats && maxRepeats <= max(repeats, most),
            "\(path)/max_repeats",
            "from \(repeats), the repeats that it begins with, to \(max(repeats, most)) (at most \(JobPlan.mostTasks) members), got \(maxRepeats)"
        )
        return ReliabilityTarget(score: wanted.score, reliability: wanted.reliability, maxRepeats: maxRepeats)
    }

    /// The train ratios of random subsets where none are given: those of Jiang et al. 2021.
    static let defaultRatios = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

    /// Train ratios in ascending order, as exact hundredths.
    private static func checked(_ ratios: [Double], in checks: inout Checks) -> [Double] {
        let path = "/ensemble/ratios"
        checks.expect(!ratios.isEmpty, path, "at least one train ratio, such as [0.7]")
        for (place, ratio) in ratios.enumerated() {
            let hundredths = (ratio * 100).rounded()
            checks.expect(
                (1...99).contains(hundredths) && abs(ratio * 100 - hundredths) < 1e-6,
                "\(path)/\(place)",
                "0.01 to 0.99 in whole hundredths, got \(ratio)"
            )
        }
        guard checks.issues.isEmpty else { return defaultRatios }
        let percents = ratios.map(ScoreManifest.percent).sorted()
        checks.expect(
            Set(percents).count == percents.count,
            path,
            "each train ratio once, got \(ratios.map { "\($0)" }.joined(separator: ", "))"
        )
        return percents.map { Double($0) / 100 }
    }

    /// The split plan, with how many members it has.
    private static func ensemble(
        _ request: DifficultyRequest,
        ratios: [Double]?,
        _ defaults: Defaults,
        labelled: Int,
        in checks: inout Checks
    ) -> EnsembleSettings {
        guard let ratios, let smallest = ratios.first, let largest = ratios.last else {
            checks.expect(request.ratios == nil, "/ensemble/ratios", "only with \"plan\": \"subsets\"")
            checks.expect(request.runs == nil, "/ensemble/runs", "only with \"plan\": \"subsets\"")
            let folds = request.folds ?? defaults.folds
            let repeats =
                request.repeats ?? (request.until == nil ? defaults.repeats : ReliabilityTarget.fewestRepeats)
            checks.expect((2...50).contains(folds), "/ensemble/folds", "2 to 50, got \(folds)")
            checks.expect(repeats >= 1, "/ensemble/repeats", "at least 1, got \(repeats)")
            checks.expect(
                repeats <= JobPlan.mostTasks && folds * max(0, repeats) <= JobPlan.mostTasks,
                "/ensemble",
                "at most \(JobPlan.mostTasks) members, got \(folds) folds x \(repeats) repeats"
            )
            checks.expect(
                labelled >= folds * 2,
                "/ensemble/folds",
                "\(folds) folds need at least \(folds * 2) labelled training examples, the dataset has \(labelled)"
            )
            return EnsembleSettings(
                plan: .kfold,
                folds: folds,
                repeats: repeats,
                until: request.until.map {
                    target(of: $0, repeats: repeats, folds: folds, hasProbes: request.k != 0, in: &checks)
                }
            )
        }
        checks.expect(request.folds == nil, "/ensemble/folds", "not with \"plan\": \"subsets\", which has ratios")
        checks.expect(request.repeats == nil, "/ensemble/repeats", "not with \"plan\": \"subsets\", which has runs")
        checks.expect(request.until == nil, "/ensemble/until", "not with \"plan\": \"subsets\": extend the job by runs")
        let runs = request.runs ?? defaults.runs
        checks.expect(runs >= 1, "/ensemble/runs", "at least 1, got \(runs)")
        checks.expect(
            runs <= JobPlan.mostTasks && ratios.count * max(0, runs) <= JobPlan.mostTasks,
            "/ensemble",
            "at most \(JobPlan.mostTasks) members, got \(ratios.count) train ratios x \(runs) runs"
        )
        checks.expect(
            Double(labelled) * smallest >= 4,
            "/ensemble/ratios",
            "at \(smallest) a member would train on \(Int(Double(labelled) * smallest)) of the \(labelled) labelled "
                + "training examples; at least 4 are needed"
        )
        checks.expect(
            Double(labelled) * (1 - largest) >= 1 - 1e-9,
            "/ensemble/ratios",
            "at \(largest) no member would hold out any of the \(labelled) labelled training examples"
        )
        return EnsembleSettings(plan: .subsets, folds: ratios.count, repeats: runs, ratios: ratios)
    }

    private static func check(
        _ augmentation: Augmentation,
        for data: DatasetManifest,
        in checks: inout Checks
    ) {
        let path = "/training/augmentation"
        guard data.kind == .images, let side = data.shape.prefix(2).min() else {
            return checks.expect(false, path, "only for images; this dataset is a table")
        }
        let padCrop = augmentation.padCrop ?? 0
        checks.expect(
            (0..<side).contains(padCrop),
            "\(path)/pad_crop",
            "0 to \(side - 1) pixels for these images, got \(padCrop)"
        )
        let cutout = augmentation.cutout ?? 0
        checks.expect(
            (0...side).contains(cutout),
            "\(path)/cutout",
            "0 to \(side) pixels for these images, got \(cutout)"
        )
    }
}
