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
            if let plan = ensemble.string("plan"), plan != "kfold" {
                ensemble.note("plan", "expected \"kfold\", got \"\(plan)\"")
            }
            request.folds = ensemble.int("folds")
            request.repeats = ensemble.int("repeats")
        }
        reader.object("probes") { probes in
            if case .string("auto") = probes.any("k") {} else { request.k = probes.int("k") }
            if let search = probes.string("neighbors"), search != "exact" {
                probes.note("neighbors", "expected \"exact\", got \"\(search)\"")
            }
        }
        request.observe = reader.oneOf("observe", Observation.self)
        request.preset = reader.oneOf("preset", Preset.self)
        for name in ["scores", "plant", "budget", "dry_run", "priority", "until"] { reader.later(name) }
        let issues = reader.finish()
        if !issues.isEmpty { throw SettingsError(issues: issues) }
        return request
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
