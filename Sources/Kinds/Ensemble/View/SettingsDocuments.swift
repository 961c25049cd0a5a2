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
            "source": JSON(backbone.source), "reads": .string(backbone.input.reads), "width": .int(backbone.width),
        ]
    }

    /// What a backbone sees, and how it becomes numbers.
    package init(_ input: Backbone.Input) {
        switch input {
        case .pictures(let input):
            self = [
                "height": .int(input.height), "width": .int(input.width),
                "mean": .array(input.mean.map { .double($0) }),
                "scale": .array(input.scale.map { .double($0) }),
                "resize": .string(input.resize.rawValue),
            ]
        case .texts(let input):
            self = [
                "tokens": .int(input.tokens), "lowercase": .bool(input.lowercase),
                "vocabulary": .string(input.vocabulary),
            ]
        }
    }

    package init(_ choice: PathChoice) {
        self = [
            "path": .string(choice.path.rawValue), "reason": .string(choice.reason.rawValue),
            "processor": .string(choice.processor),
            "samples_per_second": choice.perSecond.map { rates in
                .object(rates.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value.rounded())) })
            } ?? .null,
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

extension Backbone.Input {
    /// For documents: what it sees.
    var reads: String {
        switch self {
        case .pictures: "pictures"
        case .texts: "texts"
        }
    }
}
