import Difficulty
import Experiments
import Foundation
import Recipes
import Service
import Tasks

extension DifficultyRequest {
    /// The fields of `POST /v1/jobs` that are this kind's; what is wrong is noted in the reader.
    init(_ reader: inout FieldReader) {
        self.init()
        if let model = reader.any("model") {
            if case .string(let name) = model {
                self.model = name
            } else {
                reader.object("model") { model in
                    self.model = model.string("name")
                    self.options.read(&model)
                }
            }
        }
        self.backbone = reader.string("backbone")
        reader.object("training") { self.training = Overrides(&$0) }
        reader.object("ensemble") { ensemble in
            if let name = ensemble.string("plan") {
                self.plan = EnsemblePlan.onOffer.first { $0.rawValue == name }
                if self.plan == nil {
                    let names = EnsemblePlan.onOffer.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                    ensemble.note("plan", "expected one of \(names), got \"\(name)\"")
                }
            }
            self.folds = ensemble.int("folds")
            self.repeats = ensemble.int("repeats")
            self.until = DifficultyRequest.Until(&ensemble)
            self.ratios = ensemble.doubles("ratios")
            self.runs = ensemble.int("runs")
        }
        reader.object("probes") { probes in
            if case .string("auto") = probes.any("k") {} else { self.k = probes.int("k") }
            self.neighbors = probes.oneOf("neighbors", NeighborMode.self)
            self.inputMargin = probes.oneOf("input_margin", InputMarginMode.self)
        }
        reader.object("scores") { fields in
            var options = ScoreOptions()
            options.read(&fields)
            self.scoreOptions = options
        }
        self.observe = reader.oneOf("observe", Observation.self)
        self.preset = reader.oneOf("preset", Preset.self)
        self.plant = DifficultyRequest.Plant(&reader)
    }
}

extension DifficultyRequest.Plant {
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

extension DifficultyRequest.Until {
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
