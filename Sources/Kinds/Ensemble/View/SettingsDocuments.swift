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

    package init(_ backbone: Backbone) {
        self = [
            "name": .string(backbone.name), "sha256": .string(backbone.sha256), "license": JSON(backbone.license),
            "source": JSON(backbone.source), "input": [.int(backbone.input.height), .int(backbone.input.width)],
            "width": .int(backbone.width),
        ]
    }

    package init(_ plant: PlantSettings) {
        self = [
            "kind": .string(plant.kind.rawValue), "fraction": .double(plant.fraction), "labels": .int(plant.labels),
        ]
    }

    package init(_ ensemble: EnsembleSettings) {
        self = .object(
            [("plan", .string(ensemble.plan.rawValue))] + ensemble.split.document + [
                ("members", .string(ensemble.split.members))
            ]
        )
    }

    package init(_ probes: ProbeSettings) {
        self = [
            "k": .int(probes.k), "neighbors": probes.k > 0 ? .string(probes.neighbors.rawValue) : .null,
            "input_margin": JSON(probes.inputMargin?.rawValue),
        ]
    }

    package init(_ settings: some SettingsTable) { self = .object(settings.shown) }
}
