import Difficulty
import Recipes
import Service
import Tasks

/// What a job runs with, as fields of its document.
extension JSON {
    package init(_ model: ModelSettings, probeCount: Int) {
        let chosen = model.options.shown.filter { if case .null = $0.1 { false } else { true } }
        self = .object([("name", .string(model.name))] + chosen + [("num_probes", .int(probeCount))])
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

    package init(_ settings: some SettingsTable) { self = .object(settings.shown) }
}
