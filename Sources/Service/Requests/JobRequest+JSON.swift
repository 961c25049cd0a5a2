import Difficulty
import Experiments
import Foundation
import HTTPServer
import HTTPTypes

extension JobRequest {
    /// The body of `POST /v1/jobs`.
    ///
    /// - Parameter bringsData: whether the request brings the data set with it instead of naming one
    /// - Throws: `Problem` 400 where it is no JSON, `SettingsError` with all wrong fields at once
    static func decode(_ body: [UInt8], bringsData: Bool = false) throws -> JobRequest {
        let document = try JSON(body: body, example: "{\"dataset\":\"photos\"}")
        var reader = FieldReader(document, at: "")
        var request = JobRequest(dataset: reader.string("dataset") ?? "")
        if bringsData {
            if !request.dataset.isEmpty { reader.note("dataset", "not beside a file, which is the data set") }
        } else if request.dataset.isEmpty, reader.issues.isEmpty {
            reader.note("dataset", "is required: the id or name of a data set")
        }
        request.name = reader.string("name")
        if let name = request.name, let wrong = Naming.issue(with: name) { reader.note("name", wrong) }
        if let kind = reader.string("kind"), kind != "difficulty" {
            reader.note("kind", "expected \"difficulty\", got \"\(kind)\"")
        }
        if let model = reader.any("model") {
            if case .string(let name) = model {
                request.model = name
            } else {
                reader.object("model") { model in
                    request.model = model.string("name")
                    request.options.hidden = model.ints("hidden")
                    request.options.channels = model.ints("channels")
                    request.options.dense = model.int("dense")
                    request.options.norm = model.oneOf("norm", ModelSettings.Norm.self)
                    request.options.weightStandardization = model.bool("weight_standardization")
                }
            }
        }
        reader.object("training") { request.training = TrainingOverrides(&$0) }
        reader.object("ensemble") { ensemble in
            switch ensemble.string("plan") {
            case nil: break
            case "kfold": request.plan = .kfold
            case "subsets": request.plan = .subsets
            case "threshold_samples": request.plan = .thresholdSamples
            case .some(let plan):
                ensemble.note(
                    "plan",
                    "expected one of \"kfold\", \"subsets\", \"threshold_samples\", got \"\(plan)\""
                )
            }
            request.folds = ensemble.int("folds")
            request.repeats = ensemble.int("repeats")
            request.until = JobRequest.Until(&ensemble)
            request.ratios = ensemble.doubles("ratios")
            request.runs = ensemble.int("runs")
        }
        reader.object("probes") { probes in
            if case .string("auto") = probes.any("k") {} else { request.k = probes.int("k") }
            request.neighbors = probes.oneOf("neighbors", NeighborMode.self)
            request.inputMargin = probes.oneOf("input_margin", InputMarginMode.self)
        }
        reader.object("scores") { request.scoreOptions = ScoreOptions(&$0) }
        request.observe = reader.oneOf("observe", Observation.self)
        request.preset = reader.oneOf("preset", Preset.self)
        request.plant = JobRequest.Plant(&reader)
        request.budget = JobBudget(&reader)
        request.priority = reader.priority()
        request.dryRun = reader.bool("dry_run")
        if bringsData, request.dryRun == true {
            reader.note("dry_run", "not beside a file, which would have to be stored: upload it first")
        }
        let issues = reader.finish()
        if !issues.isEmpty { throw SettingsError(issues: issues) }
        return request
    }
}

extension ScoreOptions {
    /// The field `scores` of a request.
    init(_ reader: inout FieldReader) {
        self.init()
        el2nEpoch = reader.int("el2n_at")
        learnedTarget = reader.oneOf("iteration_learned_target", LearnedTarget.self) ?? learnedTarget
        lowDepth = reader.double("group_low") ?? lowDepth
        highDepth = reader.double("group_high") ?? highDepth
        groupCuts = reader.oneOf("group_cuts", GroupCuts.Rule.self) ?? groupCuts
    }
}

extension JobRequest.Plant {
    /// The field `plant` of a request: true, or an object with what is chosen of it.
    init?(_ reader: inout FieldReader) {
        switch reader.any("plant") {
        case nil, .bool(false): return nil
        case .bool(true): self.init()
        case .object:
            self.init()
            var (fraction, kind) = (self.fraction, self.kind)
            reader.object("plant") { fields in
                fraction = fields.double("fraction")
                kind = fields.oneOf("kind", PlantSettings.Kind.self)
            }
            (self.fraction, self.kind) = (fraction, kind)
        case .some(let other):
            reader.note("plant", "expected true, false or an object, got \(other.kindInWords)")
            return nil
        }
    }
}

extension JobRequest.Until {
    /// The field `until` of an ensemble.
    init?(_ reader: inout FieldReader) {
        var (score, reliability, maxRepeats) = (nil as String?, nil as Double?, nil as Int?)
        var isAsked = false
        reader.object("until") { fields in
            isAsked = true
            score = fields.string("score")
            reliability = fields.double("reliability")
            maxRepeats = fields.int("max_repeats")
            if score == nil, fields.issues.isEmpty { fields.note("score", "is required, such as \"issue_score\"") }
            if reliability == nil, fields.issues.isEmpty { fields.note("reliability", "is required, such as 0.9") }
        }
        guard isAsked, let score, let reliability else { return nil }
        self.init(score: score, reliability: reliability, maxRepeats: maxRepeats)
    }
}

extension JobBudget {
    /// The field `budget` of a request.
    init?(_ reader: inout FieldReader) {
        var (seconds, members) = (nil as Double?, nil as Int?)
        reader.object("budget") { fields in
            seconds = fields.double("max_seconds")
            if let asked = seconds, !(1...1e9).contains(asked) {
                fields.note("max_seconds", "1 to 1000000000, got \(asked)")
            }
            members = fields.int("max_members")
            if let asked = members, !(1...1_000).contains(asked) {
                fields.note("max_members", "1 to 1000, got \(asked)")
            }
        }
        self.init(maxSeconds: seconds, maxMembers: members)
    }
}

extension FieldReader {
    /// The field `priority` of a request.
    mutating func priority() -> Int? {
        guard let priority = int("priority") else { return nil }
        if JobPriority.range.contains(priority) { return priority }
        note("priority", "\(JobPriority.range.lowerBound) to \(JobPriority.range.upperBound), got \(priority)")
        return nil
    }
}

extension JobRequest.TrainingOverrides {
    init(_ reader: inout FieldReader) {
        self.init()
        epochs = reader.int("epochs")
        batchSize = reader.int("batch_size")
        learningRate = reader.double("learning_rate")
        momentum = reader.double("momentum")
        schedule = reader.oneOf("schedule", TrainingSettings.Schedule.self)
        warmupFraction = reader.double("warmup_fraction")
        weightDecay = reader.double("weight_decay")
        stepEpochs = reader.ints("step_epochs")
        stepFactor = reader.double("step_factor")
        labelSmoothing = reader.double("label_smoothing")
        reader.object("augmentation") { fields in
            augmentation = AugmentationSettings(
                padCrop: fields.int("pad_crop"),
                flip: fields.bool("flip"),
                cutout: fields.int("cutout")
            )
        }
        if let seed = reader.int("seed") {
            if seed >= 0 { self.seed = UInt64(seed) } else { reader.note("seed", "at least 0, got \(seed)") }
        }
        precision = reader.oneOf("precision", JobRequest.PrecisionChoice.self)
    }
}
