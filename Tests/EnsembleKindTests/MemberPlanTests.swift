import EnsembleKind
import Experiments
import Foundation
import Recipes
import Tasks
import Testing

@Suite struct MemberPlanTests {
    static let settings: DifficultySettings = {
        let json = """
            {"model":{"name":"mlp","hidden":[64,64]},
             "training":{"epochs":20,"batch_size":16,"learning_rate":0.05,"momentum":0.9,"schedule":"cosine",
              "warmup_fraction":0.05,"weight_decay":0,"step_factor":0.1,"precision":"f32","seed":0},
             "ensemble":{"plan":"kfold","folds":5,"repeats":2},"probes":{"k":30,"neighbors":"exact"},
             "observe":"presentation"}
            """
        do {
            return try JSONDecoder().decode(DifficultySettings.self, from: Data(json.utf8))
        } catch {
            preconditionFailure("the settings of this test are not settings: \(error)")
        }
    }()
    static let data = DatasetIdentity(features: "f", labels: "l", testMask: "t", numClasses: 3)

    private func plan(
        index: Int = 3,
        data: DatasetIdentity = data,
        change: (inout DifficultySettings) -> Void = { _ in }
    ) -> MemberPlan {
        var settings = Self.settings
        change(&settings)
        return MemberPlan(
            engine: EngineIdentity(version: "1/onednn-2.6.3", instructionSet: "avx2"),
            threads: 1,
            data: data,
            settings: settings,
            index: index
        )
    }

    /// The key names evidence on the disk of every user: this test fails when a change would orphan it all. The digests
    /// were computed by Python's json (sort_keys, no blanks) and hashlib.
    @Test func aKeyIsPinned() throws {
        let trainKey = try plan().trainKey()
        #expect(trainKey == "44f45ec38795d799643a8074d76318ee986644583057c335fde7da52cba195b2")
        let probeKey = try plan().probeKey()
        #expect(probeKey == "0c946302f982f67863eaa1fe5d8a34787fd7b3a7670cc78b4b7b186f222af45b")
        #expect(try plan().memberSeed == 758_107_976_998_437)
        #expect(plan().tieSeed == 5_987_966_841_892_699)
    }

    /// A run of threshold samples is its labels, a class more than the dataset's, and its place; computed as above.
    @Test func aKeyOfThresholdSamplesIsPinned() throws {
        let data = DatasetIdentity(features: "f", labels: "l", testMask: "t", numClasses: 4)
        let run = plan(index: 1, data: data) {
            $0.ensemble = EnsembleSettings(plan: .thresholdSamples, parts: 1, rounds: 2)
            $0.probes.k = 0
        }
        #expect(try run.trainKey() == "08b58011ff126c4526528ec138b5b503093d82e0e0f7452bec9b7094224c166c")
        #expect(try run.probeKey() == "c6e90f82597c1dab619f2ec04954e2ed8a1665b66115c5a519f6495af780a511")
        let held = try run.heldOut(labels: [0, -1, 3, 2], split: [0, 0, 0, 1], duplicateOf: [0, 1, 0, 3])
        #expect(held == [0, 1, 0, 1])
    }

    @Test func whateverDecidesTheBitsChangesTheKey() throws {
        let keys = try [
            plan(), plan(index: 4),
            plan(data: DatasetIdentity(features: "f2", labels: "l", testMask: "t", numClasses: 3)),
            plan(data: DatasetIdentity(features: "f", labels: "l2", testMask: "t", numClasses: 3)),
            plan(data: DatasetIdentity(features: "f", labels: "l", testMask: "t2", numClasses: 3)),
            plan(data: DatasetIdentity(features: "f", labels: "l", testMask: "t", numClasses: 4)),
            plan { $0.training.seed = 1 },
            plan { $0.training.epochs = 21 }, plan { $0.model.options.hidden = [64] },
            plan { $0.model.options.norm = .batch },
            plan { $0.model.options.weightStandardization = false }, plan { $0.model.options.channels = [8] },
            plan { $0.ensemble.parts = 4 }, plan { $0.observe = .evaluation },
            plan { $0.training.schedule = .oneCycle },
            plan { $0.training.labelSmoothing = 0.1 },
            plan { $0.training.augmentation = Augmentation(flip: true) },
            plan { $0.training.augmentation = Augmentation(padCrop: 4) },
        ].map { try $0.trainKey() }
        #expect(Set(keys).count == keys.count)
    }

    @Test func moreRepeatsAndOtherProbesKeepTheTrainingRun() throws {
        #expect(try plan { $0.ensemble.rounds = 9 }.probeKey() == plan().probeKey())
        #expect(try plan { $0.probes.k = 5 }.trainKey() == plan().trainKey())
        #expect(try plan { $0.probes.k = 5 }.probeKey() != plan().probeKey())
    }

    /// What was planted is in the digest of the labels; how it was told is not in the key, which the same labels share.
    @Test func plantingIsInTheLabelsAlone() throws {
        let planted = plan { $0.plant = PlantSettings(kind: .pair, fraction: 0.1, labels: 15) }
        #expect(try planted.probeKey() == plan().probeKey())
        let back = try JSONDecoder().decode(MemberPlan.self, from: Data(try CanonicalJSON.encode(planted)))
        #expect(back.plant == planted.plant && plan().plant == nil)
        #expect(!String(decoding: try CanonicalJSON.encode(plan()), as: UTF8.self).contains("plant"))
    }

    @Test func aPlanSurvivesItsJSON() throws {
        let json = try CanonicalJSON.encode(plan())
        let back = try JSONDecoder().decode(MemberPlan.self, from: Data(json))
        #expect(back == plan())
        #expect(try back.probeKey() == plan().probeKey())
    }
}
