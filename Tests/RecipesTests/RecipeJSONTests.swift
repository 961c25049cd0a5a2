import Foundation
import Recipes
import Testing

/// Settings as they stand in keys, stores and specifications: what is off is absent, so that settings which came later change
/// no key of earlier members.
@Suite struct RecipeJSONTests {
    private func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test func aNetworkIsFlatAndNamesOnlyWhatWasChosen() throws {
        #expect(try text(ModelSettings(name: "cnn")) == #"{"name":"cnn"}"#)
        let chosen = ModelSettings(
            name: "resnet20",
            options: NetworkOptions(norm: .batch, weightStandardization: false)
        )
        let json = try text(chosen)
        #expect(json == #"{"name":"resnet20","norm":"batch","weight_standardization":false}"#)
        #expect(try JSONDecoder().decode(ModelSettings.self, from: Data(json.utf8)) == chosen)
    }

    @Test func trainingNamesWhatItAlwaysHad() throws {
        let plain = TrainingSettings(epochs: 2, batchSize: 4, learningRate: 0.5, seed: 7)
        #expect(
            try text(plain) == """
                {"batch_size":4,"epochs":2,"learning_rate":0.5,"momentum":0.9,"precision":"f32","schedule":"cosine","seed":7,\
                "step_factor":0.1,"warmup_fraction":0.05,"weight_decay":0}
                """
        )
        var all = plain
        all.stepEpochs = [1]
        all.labelSmoothing = 0.1
        all.augmentation = Augmentation(padCrop: 2)
        all.precision = .bf16
        #expect(try JSONDecoder().decode(TrainingSettings.self, from: Data(text(all).utf8)) == all)
    }

    @Test func whatIsOffHasNoEffectAndNoKey() {
        #expect(Augmentation(padCrop: 0, flip: false, cutout: 0).effective == nil)
        #expect(Augmentation(padCrop: 4, flip: false).effective == Augmentation(padCrop: 4))
    }

    /// Half the smallest class that has at least ten examples to vote, five to thirty.
    @Test(arguments: [
        ([100, 40, 3], 20), ([9, 9], 5), ([10, 500], 5), ([1_000, 2_000], 30), ([], 5), ([61, 200], 30), ([59], 29),
    ])
    func kFollowsTheSmallestClassThatCounts(sizes: [Int], k: Int) {
        #expect(ProbeSettings.neighbors(classSizes: sizes) == k)
    }
}
