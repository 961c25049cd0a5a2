import Datasets
import Difficulty
import Experiments

extension JSON {
    /// `GET /v1/jobs/{id}`, in the order of the documentation.
    ///
    /// - Parameters:
    ///   - job: the job
    ///   - trust: the verdict on its newest revision, as the reduction wrote it
    ///   - warnings: what users should know of the whole job
    ///   - notComputed: the scores that its evidence does not allow, with what each needs
    ///   - probeCount: P of its network
    init(_ job: JobSummary, trust: JSON, warnings: JSON, notComputed: JSON, probeCount: Int) {
        let settings = job.settings
        let path = "/v1/jobs/\(job.id)"
        let model = settings.map { JSON($0.model, probeCount: probeCount) } ?? .null
        let training =
            settings.map { $0.imported == nil ? JSON($0.training) : ["epochs": .int($0.training.epochs)] } ?? .null
        let ensemble = settings.map { JSON($0.ensemble) } ?? .null
        let probes = settings.map { JSON($0.probes) } ?? .null
        let budget = job.budget.map { JSON($0) } ?? .null
        let plant = settings?.plant.map { JSON($0) } ?? .null
        self = [
            "id": .string(job.id), "kind": .string(job.kind), "name": .string(job.name),
            "state": .string(job.state.rawValue), "stop_reason": JSON(job.stopReason),
            "error": job.failure.map { JSON($0) } ?? .null, "extends": JSON(job.extends),
            "priority": .int(job.priority), "budget": budget,
            "dataset": [
                "id": .string(job.dataset.id), "name": .string(job.dataset.name),
                "num_examples": JSON(job.dataset.manifest?.numExamples),
                "num_classes": JSON(job.dataset.manifest?.classes.count),
            ],
            "model": model, "training": training, "ensemble": ensemble, "probes": probes,
            "scores": settings.map { JSON($0.scoreOptions ?? ScoreOptions()) } ?? .null,
            "plant": plant,
            "observe": JSON((settings?.imported == nil ? settings?.observe : settings?.imported?.observe)?.rawValue),
            "members": [
                "total": .int(job.members.total), "succeeded": .int(job.members.succeeded),
                "running": .int(job.members.running), "queued": .int(job.members.queued),
                "failed": .int(job.members.failed), "reused": .int(job.members.reused),
                "excluded": .int(job.members.excluded),
            ],
            "progress": [
                "phase": .string(job.phase), "completed": .int(job.members.succeeded),
                "total": .int(job.members.total), "unit": "members",
                "fraction": .double((job.fraction * 1_000).rounded() / 1_000),
            ],
            "eta_seconds": JSON(job.etaSeconds.map { $0.rounded() }), "queue_position": JSON(job.queuePosition),
            "partial": .bool(job.isPartial), "revision": .int(job.revision), "trust": trust, "warnings": warnings,
            "not_computed": notComputed,
            "created_at": JSON(job.createdAt), "started_at": JSON(job.startedAt),
            "finished_at": JSON(job.finishedAt),
            "links": [
                "self": .string(path), "page": .string("/jobs/\(job.id)"), "members": .string("\(path)/members"),
                "events": .string("\(path)/events"),
                "scores": .string("\(path)/scores"), "scores_csv": .string("\(path)/scores.csv"),
                "issues": .string("\(path)/issues"), "summary": .string("\(path)/summary"),
                "report": .string("\(path)/report.html"),
            ],
        ]
    }

    init(_ model: ModelSettings, probeCount: Int) {
        var fields: [(String, JSON)] = [("name", .string(model.name))]
        if let hidden = model.hidden { fields.append(("hidden", JSON(hidden))) }
        if let channels = model.channels { fields.append(("channels", JSON(channels))) }
        if let dense = model.dense { fields.append(("dense", .int(dense))) }
        if let norm = model.norm { fields.append(("norm", .string(norm.rawValue))) }
        if let standardized = model.weightStandardization {
            fields.append(("weight_standardization", .bool(standardized)))
        }
        fields.append(("num_probes", .int(probeCount)))
        self = .object(fields)
    }

    init(_ budget: JobBudget) {
        self = ["max_seconds": JSON(budget.maxSeconds), "max_members": JSON(budget.maxMembers)]
    }

    init(_ plant: PlantSettings) {
        self = [
            "kind": .string(plant.kind.rawValue), "fraction": .double(plant.fraction), "labels": .int(plant.labels),
        ]
    }

    init(_ ensemble: EnsembleSettings) {
        let plan = JSON.string(ensemble.plan.rawValue)
        if ensemble.plan == .selection {
            self = ["plan": plan, "sets": .int(ensemble.folds), "runs": .int(ensemble.repeats)]
        } else if ensemble.plan == .thresholdSamples {
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

    init(_ probes: ProbeSettings) {
        self = [
            "k": .int(probes.k), "neighbors": probes.k > 0 ? .string(probes.neighbors.rawValue) : .null,
            "input_margin": JSON(probes.inputMargin?.rawValue),
        ]
    }

    init(_ options: ScoreOptions) {
        self = [
            "el2n_at": JSON(options.el2nEpoch),
            "iteration_learned_target": .string(options.learnedTarget.rawValue),
            "group_low": .double(options.lowDepth), "group_high": .double(options.highDepth),
            "group_cuts": .string(options.groupCuts.rawValue),
        ]
    }

    init(_ training: TrainingSettings) {
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

    /// What a member holds out.
    private init(_ member: MemberSummary) {
        let round = JSON.int(member.repeatIndex)
        if let ratio = member.trainRatio {
            self = ["run": round, "train_ratio": .double(ratio)]
        } else if let set = member.set {
            self = ["run": round, "set": .string(set.name), "keep": .double(set.keep)]
        } else if member.plan == .thresholdSamples {
            self = ["run": round]
        } else {
            self = ["repeat": round, "fold": .int(member.fold)]
        }
    }

    /// One entry of `GET /v1/jobs/{id}/members`.
    init(_ member: MemberSummary, job: String) {
        let result = member.result
        self = [
            "index": .int(member.index), "key": .string(member.key), "state": .string(member.state),
            "split": JSON(member),
            "attempt": .int(member.attempt), "reused": .bool(member.reused),
            "learned": JSON(result?.learned), "reason": JSON(member.reason ?? result?.reason),
            "fit": JSON(result?.fit),
            "train_accuracy": JSON(result?.trainAccuracy?.last ?? member.progress?.trainAccuracy),
            "heldout_accuracy": JSON(result?.heldoutAccuracy?.last ?? member.progress?.heldoutAccuracy),
            "learning_curve": [
                "train_accuracy": JSON(result?.trainAccuracy), "heldout_accuracy": JSON(result?.heldoutAccuracy),
                "train_loss": JSON(result?.trainLoss), "heldout_loss": JSON(result?.heldoutLoss),
            ],
            "seconds": result?.seconds.map { seconds in
                .object(seconds.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })
            } ?? .null,
            "peak_rss_bytes": JSON(result?.peakRSS),
            "progress": member.progress.map { progress in
                [
                    "phase": .string(progress.phase), "epoch": JSON(progress.epoch), "epochs": JSON(progress.epochs),
                    "fraction": .double(progress.fraction),
                    "resumed_from_epoch": JSON(progress.resumedFromEpoch),
                ]
            } ?? .null,
            "started_at": JSON(member.startedAt), "finished_at": JSON(member.finishedAt),
            "links": [
                "evidence": member.state == "succeeded"
                    ? .string("/v1/jobs/\(job)/members/\(member.index)/evidence.npz") : .null
            ],
        ]
    }
}
