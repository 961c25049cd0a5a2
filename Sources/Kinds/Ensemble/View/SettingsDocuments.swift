import Difficulty
import Recipes
import Tasks

/// What a job runs with, as fields of its document.
extension JSON {
    package init(_ model: ModelSettings, probeCount: Int) {
        var fields: [(String, JSON)] = [("name", .string(model.name))]
        let options = model.options
        if let hidden = options.hidden { fields.append(("hidden", JSON(hidden))) }
        if let channels = options.channels { fields.append(("channels", JSON(channels))) }
        if let dense = options.dense { fields.append(("dense", .int(dense))) }
        if let norm = options.norm { fields.append(("norm", .string(norm.rawValue))) }
        if let standardized = options.weightStandardization {
            fields.append(("weight_standardization", .bool(standardized)))
        }
        fields.append(("num_probes", .int(probeCount)))
        self = .object(fields)
    }

    package init(_ plant: PlantSettings) {
        self = [
            "kind": .string(plant.kind.rawValue), "fraction": .double(plant.fraction), "labels": .int(plant.labels),
        ]
    }

    package init(_ ensemble: EnsembleSettings) {
        let plan = JSON.string(ensemble.plan.rawValue)
        if ensemble.plan == .thresholdSamples {
            self = ["plan": plan, "runs": .int(ensemble.repeats)]
        } else if let ratios = ensemble.ratios {
            self = ["plan": plan, "ratios": .array(ratios.map { .double($0) }), "runs": .int(ensemble.repeats)]
        } else {
            let until = ensemble.until.map { target -> JSON in
                [
                    "score": .string(target.score), "reliability": .double(target.reliability),
                    "max_repeats": .int(target.maxRepeats),
                ]
            }
            self = [
                "plan": plan, "folds": .int(ensemble.folds), "repeats": .int(ensemble.repeats), "until": until ?? .null,
            ]
        }
    }

    package init(_ probes: ProbeSettings) {
        self = [
            "k": .int(probes.k), "neighbors": probes.k > 0 ? .string(probes.neighbors.rawValue) : .null,
            "input_margin": JSON(probes.inputMargin?.rawValue),
        ]
    }

    package init(_ options: ScoreOptions) {
        self = [
            "el2n_at": JSON(options.el2nEpoch),
            "iteration_learned_target": .string(options.learnedTarget.rawValue),
            "group_low": .double(options.lowDepth), "group_high": .double(options.highDepth),
            "group_cuts": .string(options.groupCuts.rawValue),
        ]
    }

    package init(_ training: TrainingSettings) {
        self = [
            "epochs": .int(training.epochs), "batch_size": .int(training.batchSize),
            "learning_rate": .double(training.learningRate), "momentum": .double(training.momentum),
            "schedule": .string(training.schedule.rawValue),
            "warmup_fraction": .double(training.warmupFraction), "weight_decay": .double(training.weightDecay),
            "step_epochs": JSON(training.stepEpochs), "step_factor": .double(training.stepFactor),
            "label_smoothing": .double(training.labelSmoothing ?? 0),
            "augmentation": training.augmentation.map { augmentation in
                [
                    "pad_crop": .int(augmentation.padCrop ?? 0), "flip": .bool(augmentation.flip ?? false),
                    "cutout": .int(augmentation.cutout ?? 0),
                ]
            } ?? .null,
            "precision": .string(training.precision.rawValue), "seed": .int(Int(training.seed)),
        ]
    }
}
