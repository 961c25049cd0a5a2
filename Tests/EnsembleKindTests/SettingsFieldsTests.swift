import Difficulty
import EnsembleKind
import Foundation
import Recipes
import Service
import Tasks
import Testing

/// Settings are declared once: what stands elsewhere of them is what the tables say.
@Suite struct SettingsFieldsTests {
    private func object(_ json: JSON) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(json.encoded())) as? NSDictionary)
    }

    /// The part of `openapi.json` at a path of names.
    private func documented(_ path: String...) throws -> NSDictionary {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: package.appendingPathComponent("public/openapi.json"))
        var place: Any = try JSONSerialization.jsonObject(with: data)
        for name in ["components", "schemas", "JobRequest", "properties"] + path {
            if let index = Int(name) {
                place = try #require(place as? [Any])[index]
            } else {
                place = try #require((place as? [String: Any])?[name])
            }
        }
        return try #require(place as? NSDictionary)
    }

    @Test func theDocumentationIsGenerated() throws {
        // Where one of these fails, its first side is what belongs into openapi.json.
        let training = TrainingSettings.properties
        let scores = ScoreOptions.properties
        let options = NetworkOptions.properties
        #expect(
            try object(training) == documented("training", "properties"),
            "\(String(decoding: training.encoded(), as: UTF8.self))"
        )
        #expect(
            try object(scores) == documented("scores", "properties"),
            "\(String(decoding: scores.encoded(), as: UTF8.self))"
        )
        var model = try #require(try documented("model", "oneOf", "1", "properties") as? [String: Any])
        model["name"] = nil
        #expect(try object(options) == model as NSDictionary, "\(String(decoding: options.encoded(), as: UTF8.self))")
    }

    @Test func everySettingIsListed() throws {
        let settings = TrainingSettings(
            epochs: 1,
            batchSize: 1,
            learningRate: 1,
            stepEpochs: [1],
            labelSmoothing: 0.1,
            augmentation: Augmentation(padCrop: 1),
            convolution: .library,
            seed: 0
        )
        let stored = try #require(
            try JSONSerialization.jsonObject(with: Data(CanonicalJSON.encode(settings))) as? [String: Any]
        )
        #expect(Set(stored.keys) == Set(TrainingSettings.fields.map(\.name)))
    }

    /// What version 0.1.0 kept of a request that waits names properties as Swift does.
    @Test func requestsOfTheVersionBeforeAreRead() throws {
        let old =
            #"{"options":{},"training":{"batchSize":7,"learningRate":0.5,"stepEpochs":[2],"schedule":"step"},"folds":3}"#
        let request: DifficultyRequest = try JSON.raw(Array(old.utf8)).decode()
        #expect(request.training.batchSize == 7 && request.training.learningRate == 0.5 && request.folds == 3)
        #expect(
            request.training.schedule == .step && request.training.stepEpochs == [2] && request.training.epochs == nil
        )
        let again: DifficultyRequest = try JSON.raw(try CanonicalJSON.encode(request)).decode()
        #expect(again.training.batchSize == 7)
    }
}
