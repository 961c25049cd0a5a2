import Backbones
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
        let wanted = (request.plan ?? .kfold).split.request(request, in: &checks)
        let backbone = backbone(request, for: data, catalog, in: &checks)
        checks.expect(
            backbone == nil || request.preset == nil,
            "/preset",
            "not with a backbone: the paper's networks see the pixels; say \"backbone\": \"none\""
        )
        let defaults = Defaults(
            for: data,
            backbone: backbone,
            model: request.model,
            options: request.options,
            preset: request.preset,
            smallestRatio: wanted.smallestRatio
        )
        if let entry = catalog.entry(named: defaults.model.name) {
            let shape = backbone.map { [$0.width] } ?? data.shape
            let objection = entry.objection(defaults.model, shape, data.classes.count)
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
        let choice = PathChoice(
            (request.training.precision, request.training.convolution ?? nil),
            defaults.model,
            on: backbone.map { [$0.width] } ?? data.shape,
            catalog
        )
        let training = training(request, defaults, choice.path, catalog, on: data, in: &checks)

        let ensemble = wanted.settings(defaults, on: data, in: &checks)
        let split = ensemble.split
        let hasProbes = split.hasProbes && request.k != 0
        let references = split.fewestTrainExamples(of: labelled)
        let k = hasProbes ? request.k ?? defaults.k ?? split.neighbors(classCounts: data.classCounts.train) : 0
        checks.expect(
            !hasProbes || (k >= 1 && k <= min(254, references - 1)),
            "/probes/k",
            "0 for no probes, or 1 to \(max(1, min(254, references - 1))) (a member trains on about \(references) examples"
                + "\((ensemble.ratios?.count ?? 1) > 1 ? " at the smallest train ratio" : "")), got \(k)"
        )
        checks.expect(
            request.k != 0 || request.neighbors != .projected || !split.hasProbes,
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
            backbone: backbone,
            model: defaults.model,
            training: training,
            machine: choice,
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
        _ path: TrainingPath,
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
            precision: path.precision,
            convolution: path.convolution,
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
        if let augmentation = training.augmentation {
            check(augmentation, for: data, in: &checks)
            checks.expect(
                defaults.backbone == nil,
                "/training/augmentation",
                "not with a backbone, which sees each example once; say \"backbone\": \"none\" to train on the pixels"
            )
        }
        return training
    }

    /// The backbone that is asked for, or that photographs and texts get where nothing is said.
    private static func backbone(
        _ request: DifficultyRequest,
        for data: DatasetManifest,
        _ catalog: ModelCatalog,
        in checks: inout Checks
    ) -> Backbone? {
        switch request.backbone {
        case "none": return nil
        case nil, "auto":
            let chose =
                request.model.map { $0 != "auto" } ?? false || request.preset != nil
                || request.training.augmentation != nil
            guard !chose, data.arePhotographs || data.areEnglishTexts else { return nil }
            return catalog.backbones.entries.lazy.map(\.backbone).first(where: data.canBeSeen)
        case let name?:
            let entries = catalog.backbones.entries
            let known = (["auto", "none"] + entries.map(\.backbone.name)).joined(separator: ", ")
            guard let entry = entries.first(where: { $0.backbone.name == name }) else {
                checks.expect(false, "/backbone", "unknown backbone \"\(name)\"; there are \(known)")
                return nil
            }
            checks.expect(data.canBeSeen(by: entry.backbone), "/backbone", data.objection(to: entry.backbone))
            return entry.backbone
        }
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
