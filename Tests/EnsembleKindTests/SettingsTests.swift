import Backbones
import Datasets
import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Tasks
import TestSupport
import Testing

@Suite struct SettingsTests {
    private func data(_ count: Int, shape: [Int], classes: Int = 10) throws -> DatasetManifest {
        try Bench.manifest(classCounts: Array(repeating: count / classes, count: classes), shape: shape)
    }

    private static let catalog = ModelCatalog(
        entries: [
            .init(name: "mlp", objection: { _, _, _ in nil }, probeNames: { _ in [] }),
            .init(
                name: "linear",
                objection: { settings, _, _ in
                    settings.options.hidden.map { _ in .init(field: "hidden", detail: "linear has no hidden") }
                },
                probeNames: { _ in [] }
            ),
            .init(
                name: "cnn",
                objection: { _, shape, _ in shape.count == 3 ? nil : "cnn takes images" },
                probeNames: { _ in [] }
            ),
            .init(
                name: "resnet18",
                objection: { settings, shape, _ in
                    if shape.count != 3 { return "resnet18 takes images" }
                    return settings.options.hidden.map { _ in .init(field: "hidden", detail: "resnet18 has no hidden") }
                },
                probeNames: { _ in [] }
            ),
        ],
        engine: EngineIdentity(version: "test", instructionSet: "none")
    )

    private func resolve(_ data: DatasetManifest, _ change: (inout DifficultyOrder) -> Void = { _ in }) throws
        -> DifficultySettings
    {
        var request = DifficultyOrder(dataset: "d")
        change(&request)
        return try DifficultySettings.resolve(request.request, for: data, catalog: Self.catalog)
    }

    /// A shelf with a network for pictures and one for texts, none of which is run here.
    private func shelf(in folder: String) throws -> BackboneShelf {
        let probes = [Backbone.Probe(name: "embedding", width: 8)]
        let nothing = SHA256Hasher.hash([UInt8]())
        let picture = Backbone.PictureInput(height: 8, width: 8, mean: [0, 0, 0], scale: [1, 1, 1])
        for backbone in [
            Backbone(name: "sees", input: .pictures(picture), probes: probes, sha256: nothing),
            Backbone(
                name: "reads",
                input: .texts(.init(tokens: 8, lowercase: true, vocabulary: nothing)),
                probes: probes,
                sha256: nothing
            ),
        ] {
            let place = "\(folder)/\(backbone.name)"
            try Files.live.createDirectory(place)
            try Files.live.write([], to: "\(place)/\(Backbone.modelFile)")
            try Files.live.write(CanonicalJSON.encode(backbone), to: "\(place)/backbone.json")
        }
        try Files.live.write([], to: "\(folder)/\(BackboneShelf.libraryName)")
        try Files.live.write(Array("1.0".utf8), to: "\(folder)/\(BackboneShelf.libraryName).version")
        return BackboneShelf(models: folder)
    }

    /// `auto` sends English texts through the encoder, and only what is nothing but text; who names one hears why it does not fit.
    @Test func textsGoThroughAnEncoder() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        var catalog = Self.catalog
        catalog.backbones = try shelf(in: folder.path)
        func resolved(_ texts: DatasetManifest.Texts?, _ backbone: String? = nil, model: String? = nil) throws
            -> String?
        {
            var table = try data(500, shape: [1_024])
            table.texts = texts
            var order = DifficultyOrder(dataset: "d")
            (order.backbone, order.model) = (backbone, model)
            return try DifficultySettings.resolve(order.request, for: table, catalog: catalog).backbone?.name
        }
        func objection(_ texts: DatasetManifest.Texts?, _ backbone: String) -> String {
            let error = #expect(throws: SettingsError.self) { try resolved(texts, backbone) }
            return error?.issues.first.map { "\($0.pointer) \($0.detail)" } ?? ""
        }
        let english = DatasetManifest.Texts(columns: ["t"], areAll: true, english: 0.3)
        let german = DatasetManifest.Texts(columns: ["t"], areAll: true, english: 0.01)
        let mixed = DatasetManifest.Texts(columns: ["t"], areAll: false, english: 0.3)
        #expect(try resolved(english) == "reads")
        #expect(try resolved(english, "auto") == "reads" && resolved(english, "none") == nil)
        #expect(try resolved(english, model: "mlp") == nil)
        #expect(try resolved(german) == nil && resolved(german, "reads") == "reads")
        #expect(try resolved(mixed) == nil && resolved(nil) == nil)
        #expect(objection(mixed, "reads").contains("numbers and categories would not be seen"))
        #expect(objection(nil, "reads").contains("this dataset has none"))
        #expect(objection(english, "sees").hasPrefix("/backbone only for images"))
        // What is not as it was fetched is not offered.
        try Files.live.write(Array("other".utf8), to: "\(folder.path)/reads/\(Backbone.modelFile)")
        let damaged = BackboneShelf(models: folder.path)
        #expect(damaged.entries.map(\.backbone.name) == ["sees"] && damaged.damaged.count == 1)
        try Files.live.write(
            Array(SHA256Hasher.hash([UInt8]()).utf8),
            to: "\(folder.path)/\(BackboneShelf.libraryName).sha256"
        )
        #expect(BackboneShelf(models: folder.path).runtime == "1.0")
        try Files.live.write([1], to: "\(folder.path)/\(BackboneShelf.libraryName)")
        #expect(BackboneShelf(models: folder.path).runtime == nil && BackboneShelf(models: folder.path).entries.isEmpty)
    }

    /// Widths are filled in for the network that has them; tables of all sizes.
    @Test(arguments: [500, 5_000, 50_000]) func linearTakesTables(_ count: Int) throws {
        let table = try data(count, shape: [7])
        #expect(try resolve(table) { $0.model = "linear" }.model == ModelSettings(name: "linear", options: .init()))
        #expect(try resolve(table).model.options.hidden?.count == 2)
    }

    /// bfloat16 where the processor has it and the scores do not depend on it; refused where it has not.
    @Test func thePrecisionFollowsProcessorAndNetwork() throws {
        let images = try data(5_000, shape: [28, 28, 1])
        func precision(_ choice: Precision?, _ model: String, half: Bool) throws -> String {
            var request = DifficultyOrder(dataset: "d")
            request.model = model
            request.training.precision = choice
            var catalog = Self.catalog
            catalog.precisions = half ? [.f32, .bf16] : [.f32]
            return try DifficultySettings.resolve(request.request, for: images, catalog: catalog).training.precision
                .rawValue
        }
        #expect(try precision(nil, "cnn", half: true) == "bf16")
        #expect(try precision(nil, "cnn", half: false) == "f32")
        #expect(try precision(nil, "mlp", half: true) == "f32")
        #expect(try precision(.bf16, "mlp", half: true) == "bf16")
        #expect(try precision(.f32, "cnn", half: true) == "f32")
        let error = #expect(throws: SettingsError.self) { try precision(.bf16, "cnn", half: false) }
        #expect(error?.issues.map(\.pointer) == ["/training/precision"])
    }

    /// The table of Difficulty/README.md section 1, "Default settings".
    @Test func defaultsFollowTheData() throws {
        let iris = try resolve(data(150, shape: [4], classes: 3))
        #expect(iris.model == ModelSettings(name: "mlp", options: .init(hidden: [64, 64])))
        #expect((iris.training.epochs, iris.training.batchSize) == (100, 16))
        #expect((iris.ensemble.parts, iris.ensemble.rounds) == (5, 10))
        #expect(iris.probes.k == 20)
        let middle = try resolve(data(10_000, shape: [20]))
        #expect(middle.model.options.hidden == [128, 128])
        #expect((middle.training.epochs, middle.training.batchSize, middle.ensemble.rounds) == (30, 64, 4))
        let grey = try resolve(data(5_000, shape: [28, 28, 1]))
        #expect(grey.model == ModelSettings(name: "cnn"))
        #expect((grey.training.epochs, grey.training.batchSize, grey.training.learningRate) == (10, 64, 0.02))
        let fewer = try resolve(data(2_000, shape: [28, 28, 1]))
        #expect((fewer.training.epochs, fewer.training.batchSize) == (24, 64))
        let more = try resolve(data(20_000, shape: [28, 28, 1]))
        #expect((more.training.epochs, more.training.batchSize) == (15, 128))
        #expect(grey.probes.k == 30)
        let colour = try resolve(data(5_000, shape: [32, 32, 3]))
        #expect((colour.training.epochs, colour.training.batchSize) == (30, 128))
        let asked = try resolve(data(60_000, shape: [28, 28, 1])) { $0.model = "mlp" }
        #expect(asked.model.options.hidden == [512, 256])
        #expect(asked.training.learningRate == 0.05)
    }

    @Test func deepNetworksNormaliseByGroups() throws {
        let data = try data(5_000, shape: [32, 32, 3])
        let plain = try resolve(data) { $0.model = "resnet18" }
        #expect(
            plain.model == ModelSettings(name: "resnet18", options: .init(norm: .group, weightStandardization: false))
        )
        #expect((plain.training.learningRate, plain.training.epochs, plain.training.batchSize) == (0.05, 30, 128))
        let chosen = try resolve(data) {
            $0.model = "resnet18"
            $0.options.norm = .batch
            $0.options.weightStandardization = true
        }
        #expect(
            chosen.model == ModelSettings(name: "resnet18", options: .init(norm: .batch, weightStandardization: true))
        )
        let error = #expect(throws: SettingsError.self) {
            try resolve(data) {
                $0.model = "resnet18"
                $0.options.hidden = [64]
            }
        }
        #expect(error?.issues.map(\.pointer) == ["/model/hidden"])
    }

    /// 250 networks, and what a request sets itself comes first.
    @Test func thePaperIsAPreset() throws {
        let data = try data(50_000, shape: [32, 32, 3])
        let paper = try resolve(data) { $0.preset = .paper }
        #expect(paper.model.name == "resnet18")
        #expect((paper.ensemble.parts, paper.ensemble.rounds, paper.probes.k) == (10, 25, 30))
        #expect((paper.training.batchSize, paper.training.momentum, paper.training.weightDecay) == (128, 0.9, 0))
        #expect((paper.training.schedule, paper.training.warmupFraction) == (.step, 0))
        #expect((paper.training.epochs, paper.training.stepEpochs) == (160, [80, 120]))
        let shorter = try resolve(data) {
            $0.preset = .paper
            $0.model = "mlp"
            $0.training.epochs = 20
            $0.repeats = 1
            $0.k = 7
        }
        #expect(shorter.model.options.hidden == [2_048, 2_048])
        #expect((shorter.training.epochs, shorter.training.stepEpochs) == (20, [10, 15]))
        #expect((shorter.ensemble.parts, shorter.ensemble.rounds, shorter.probes.k) == (10, 1, 7))
        let table = try resolve(self.data(500, shape: [4], classes: 2)) { $0.preset = .paper }
        #expect((table.model.name, table.model.options.hidden) == ("mlp", [2_048, 2_048]))
        let cosine = try resolve(data) {
            $0.preset = .paper
            $0.training.schedule = .cosine
        }
        #expect(cosine.training.stepEpochs == nil)
    }

    @Test func everyWrongFieldIsNamedAtOnce() throws {
        let data = try data(100, shape: [4], classes: 2)
        do {
            _ = try resolve(data) {
                $0.model = "cnn"
                $0.training.epochs = 0
                $0.training.learningRate = -1
                $0.folds = 1
                $0.k = 400
            }
            Issue.record("they were taken")
        } catch let error as SettingsError {
            #expect(
                error.issues.map(\.pointer) == [
                    "/model", "/training/epochs", "/training/learning_rate", "/ensemble/folds", "/probes/k",
                ]
            )
        }
    }

    /// What is off is absent, however it was said, so that it changes no key; one cycle brings its own rise.
    @Test func trainingOptionsAreOffUnlessAskedFor() throws {
        let pictures = try data(5_000, shape: [28, 28, 1])
        let plain = try resolve(pictures)
        #expect(plain.training.labelSmoothing == nil && plain.training.augmentation == nil)
        let off = try resolve(pictures) {
            $0.training.labelSmoothing = 0
            $0.training.augmentation = Augmentation(padCrop: 0, flip: false, cutout: 0)
        }
        #expect(off == plain)
        let text = String(decoding: try CanonicalJSON.encode(off.training), as: UTF8.self)
        #expect(!text.contains("label_smoothing") && !text.contains("augmentation"))
        let on = try resolve(pictures) {
            $0.training.schedule = .oneCycle
            $0.training.labelSmoothing = 0.1
            $0.training.augmentation = Augmentation(padCrop: 4, flip: false, cutout: 8)
        }
        #expect(on.training.warmupFraction == 0.3)
        #expect(on.training.augmentation == Augmentation(padCrop: 4, cutout: 8))
        let back = try JSONDecoder().decode(TrainingSettings.self, from: Data(CanonicalJSON.encode(on.training)))
        #expect(back == on.training)
        let own = try resolve(pictures) {
            $0.training.schedule = .oneCycle
            $0.training.warmupFraction = 0.2
        }
        #expect(own.training.warmupFraction == 0.2)
    }

    @Test func trainingOptionsThatDoNotFitAreNamed() throws {
        func pointers(_ data: DatasetManifest, _ change: (inout DifficultyOrder) -> Void) throws -> [String] {
            do {
                _ = try resolve(data, change)
                return []
            } catch let error as SettingsError {
                return error.issues.map(\.pointer)
            }
        }
        let pictures = try data(5_000, shape: [28, 20, 1])
        #expect(
            try pointers(pictures) {
                $0.training.labelSmoothing = 1
                $0.training.augmentation = Augmentation(padCrop: 20, cutout: 21)
            } == ["/training/label_smoothing", "/training/augmentation/pad_crop", "/training/augmentation/cutout"]
        )
        let table = try data(200, shape: [4], classes: 2)
        #expect(
            try pointers(table) { $0.training.augmentation = Augmentation(flip: true) }
                == ["/training/augmentation"]
        )
        #expect(try pointers(table) { $0.training.augmentation = Augmentation(flip: false) } == [])
    }

    @Test func kFollowsTheSmallestClassThatCounts() throws {
        #expect(try resolve(data(120, shape: [4], classes: 6)).probes.k == 8)
        #expect(try resolve(data(60, shape: [4], classes: 6)).probes.k == 5)
    }

    /// The defaults of Jiang et al. with as many runs as the data can afford, and training that small subsets learn by.
    @Test func subsetsHaveDefaultsOfTheirOwn() throws {
        let grey = try resolve(data(5_000, shape: [28, 28, 1])) { $0.plan = .subsets }
        #expect(grey.ensemble.ratios == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
        #expect((grey.ensemble.rounds, grey.ensemble.memberCount) == (10, 90))
        // As for 625 pictures, of which four fifths are a tenth of these.
        #expect((grey.training.epochs, grey.training.batchSize, grey.model.name) == (32, 32, "cnn"))
        #expect(grey.probes.k == 25)
        let iris = try resolve(data(150, shape: [4], classes: 3)) { $0.plan = .subsets }
        #expect((iris.ensemble.rounds, iris.probes.k) == (20, 5))
        let one = try resolve(data(5_000, shape: [28, 28, 1])) {
            $0.plan = .subsets
            $0.ratios = [0.7]
            $0.runs = 200
        }
        #expect(one.ensemble == EnsembleSettings(plan: .subsets, parts: 1, rounds: 200, ratios: [0.7]))
        #expect((one.training.epochs, one.training.batchSize) == (11, 64))
        // As for 7,500 pictures, of which four fifths are a tenth of these.
        let many = try resolve(data(60_000, shape: [28, 28, 1])) {
            $0.plan = .subsets
            $0.ratios = [0.1]
        }
        #expect((many.training.epochs, many.training.batchSize) == (10, 64))
        let sorted = try resolve(data(5_000, shape: [4])) {
            $0.plan = .subsets
            $0.ratios = [0.9, 0.30000000000000004]
        }
        #expect(sorted.ensemble.ratios == [0.3, 0.9])
        let echoed = String(
            decoding: try CanonicalJSON.encode(try resolve(data(150, shape: [4], classes: 3))),
            as: UTF8.self
        )
        #expect(!echoed.contains("ratios"))
    }

    @Test func subsetsThatDoNotFitAreNamed() throws {
        func wrong(_ change: @escaping (inout DifficultyOrder) -> Void) throws -> [String] {
            do {
                _ = try resolve(data(100, shape: [4], classes: 2)) {
                    $0.plan = .subsets
                    change(&$0)
                }
                return []
            } catch let error as SettingsError {
                return error.issues.map { "\($0.pointer): \($0.detail)" }
            }
        }
        #expect(try wrong { $0.ratios = [] } == ["/ensemble/ratios: at least one train ratio, such as [0.7]"])
        #expect(
            try wrong { $0.ratios = [0.7, 1, 0.125] } == [
                "/ensemble/ratios/1: 0.01 to 0.99 in whole hundredths, got 1.0",
                "/ensemble/ratios/2: 0.01 to 0.99 in whole hundredths, got 0.125",
            ]
        )
        #expect(try wrong { $0.ratios = [0.7, 0.7] } == ["/ensemble/ratios: each train ratio once, got 0.7, 0.7"])
        #expect(
            try wrong {
                $0.folds = 5
                $0.repeats = 2
            } == [
                "/ensemble/folds: not with \"plan\": \"subsets\", which has ratios",
                "/ensemble/repeats: not with \"plan\": \"subsets\", which has runs",
            ]
        )
        #expect(
            try wrong { $0.runs = 112 } == ["/ensemble: at most 1000 members, got 9 train ratios x 112 runs"]
        )
        #expect(try wrong { $0.runs = 0 } == ["/ensemble/runs: at least 1, got 0"])
        #expect(try wrong { $0.ratios = [0.03] }.first?.contains("would train on 3 of the 100") == true)
        #expect(try wrong { $0.k = 10 }.first?.contains("1 to 9 (a member trains on about 10 examples at the") == true)
        let error = #expect(throws: SettingsError.self) {
            try resolve(data(100, shape: [4], classes: 2)) {
                $0.ratios = [0.7]
                $0.runs = 3
            }
        }
        #expect(error?.issues.map(\.pointer) == ["/ensemble/ratios", "/ensemble/runs"])
    }
}
