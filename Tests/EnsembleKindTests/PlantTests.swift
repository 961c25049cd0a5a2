import Arrays
import Datasets
import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Testing

/// Wrong labels that a job plants in its own copy of the labels.
@Suite struct PlantTests {
    private func settings(_ labels: Int, _ kind: PlantSettings.Kind = .uniform) -> PlantSettings {
        PlantSettings(kind: kind, fraction: 0.1, labels: labels)
    }

    /// 200 rows of four classes, of which the third has no example; 40 test rows and 10 without a label.
    private let labels: [Int32] = (0..<200).map { $0 % 20 == 7 ? -1 : [0, 1, 3][$0 % 3] }
    private let split: [UInt8] = (0..<200).map { $0 >= 160 ? 1 : 0 }

    private func plant(_ settings: PlantSettings, seed: UInt64 = 0) throws -> PlantedLabels {
        try PlantedLabels(settings, seed: seed, labels: labels, split: split, classes: 4)
    }

    @Test(arguments: PlantSettings.Kind.allCases) func onlyTrainingLabelsAreReplaced(kind: PlantSettings.Kind) throws {
        let planted = try plant(settings(31, kind))
        let changed = labels.indices.filter { planted.effective[$0] != labels[$0] }
        #expect(changed.count == 31)
        #expect(changed.allSatisfy { labels[$0] >= 0 && split[$0] == 0 })
        // Never a class that no example teaches.
        #expect(changed.allSatisfy { [0, 1, 3].contains(planted.effective[$0]) })
        if kind == .pair {
            let next: [Int32: Int32] = [0: 1, 1: 3, 3: 0]
            #expect(changed.allSatisfy { planted.effective[$0] == next[labels[$0]] })
        } else {
            #expect(Set(changed.map { [labels[$0], planted.effective[$0]] }).count == 6)
        }
        func rows(_ part: PlantedLabels.Part) -> [Int] { labels.indices.filter { planted.parts[$0] == part.rawValue } }
        #expect((rows(.plantedChoosing) + rows(.plantedChecking)).sorted() == changed)
        #expect(rows(.plantedChoosing).count == 16 && rows(.plantedChecking).count == 15)
        #expect(rows(.none) == labels.indices.filter { labels[$0] < 0 || split[$0] == 1 })
        #expect(abs(rows(.choosing).count - rows(.checking).count) <= 1)
    }

    @Test func theSeedDecidesAlone() throws {
        let one = try plant(settings(20))
        #expect(try plant(settings(20)).effective == one.effective && plant(settings(20)).parts == one.parts)
        #expect(try plant(settings(20)).digest == one.digest)
        #expect(try plant(settings(20), seed: 1).digest != one.digest)
        let own = SHA256Hasher.hash(NPY.encode(NDArray(shape: [labels.count], values: labels)))
        #expect(one.digest != own)
    }

    @Test func noClassIsLost() throws {
        let rare: [Int32] = [0, 0, 0, 0, 0, 0, 1, 2, 2]
        let planted = try PlantedLabels(
            settings(6),
            seed: 3,
            labels: rare,
            split: [UInt8](repeating: 0, count: 9),
            classes: 3
        )
        for label: Int32 in 0..<3 {
            #expect(rare.indices.contains { rare[$0] == label && planted.effective[$0] == label })
        }
        #expect(throws: PlantError.self) {
            try PlantedLabels(
                settings(7),
                seed: 3,
                labels: rare,
                split: [UInt8](repeating: 0, count: 9),
                classes: 3
            )
        }
    }

    // MARK: Settings

    private func resolved(_ plant: DifficultyRequest.Plant, _ counts: [Int]) throws -> PlantSettings {
        var request = DifficultyOrder(dataset: "d")
        request.folds = 2
        request.plant = plant
        let manifest = try Bench.manifest(classCounts: counts)
        return try #require(
            try DifficultySettings.resolve(request.request, for: manifest, catalog: Bench.catalog).plant
        )
    }

    @Test func theDefaultsFollowFromTheNumberOfLabels() throws {
        // 5 %, at least 50, at most a fifth.
        #expect(try resolved(.init(), [2_000, 2_000]).labels == 200)
        #expect(try resolved(.init(), [300, 300]).labels == 50)
        #expect(try resolved(.init(), [50, 50, 50]) == PlantSettings(kind: .uniform, fraction: 0.2, labels: 30))
        #expect(
            try resolved(.init(fraction: 0.1, kind: .pair), [50, 50])
                == PlantSettings(kind: .pair, fraction: 0.1, labels: 10)
        )
    }

    @Test func whatCannotBePlantedIsSaidExactly() throws {
        func issue(_ plant: DifficultyRequest.Plant, _ counts: [Int]) -> SettingsError.Issue? {
            do {
                _ = try resolved(plant, counts)
                return nil
            } catch {
                return (error as? SettingsError)?.issues.first { $0.pointer.hasPrefix("/plant") }
            }
        }
        for fraction in [0, -0.1, 0.41, 3] {
            let found = try #require(issue(.init(fraction: fraction), [50, 50]))
            #expect(found.pointer == "/plant/fraction")
            #expect(found.detail == "above 0 and at most 0.4, got \(fraction)")
        }
        #expect(issue(.init(fraction: 0.4), [50, 50]) == nil)
        let few = try #require(issue(.init(fraction: 0.01), [50, 50]))
        #expect(few.pointer == "/plant/fraction" && few.detail.contains("at least 2 planted labels are needed"))
        #expect(few.detail.hasSuffix("0.01 of the 100 labelled training examples is 1"))
        let one = try #require(issue(.init(), [50, 0]))
        #expect(one.pointer == "/plant" && one.detail.contains("at least 2 classes"))
        let rare = try #require(issue(.init(fraction: 0.4), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
        #expect(rare.detail.hasPrefix("at most 0 labels can be planted"))
    }

    // MARK: Jobs

    private func submitted(_ experiments: Experiments, _ plant: DifficultyRequest.Plant?) async throws -> JobSummary {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 1
        request.plant = plant
        return try await experiments.finished(try await experiments.submit(request).id)
    }

    @Test func aPlantedJobSharesNoMemberWithACleanOne() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(try Bench.upload())
        let clean = try await submitted(experiments, nil)
        let planted = try await submitted(experiments, .init(fraction: 0.2))
        #expect(clean.state == .succeeded && planted.state == .succeeded, "\(String(describing: planted.failure))")
        #expect(planted.difficulty?.plant == PlantSettings(kind: .uniform, fraction: 0.2, labels: 12))
        #expect(planted.members.reused == 0)
        let starts = bench.launcher.workerStarts.map(\.key)
        #expect(starts.count == 4 && Set(starts).count == 4)

        // Members see labels of their own, and the clean job is found again.
        for member in try await experiments.members(of: planted) {
            let labels = "\(experiments.folder.member(member.key))/labels.npy"
            let seen = try NPY.read(Int32.self, from: labels).values
            #expect(seen.indices.count { seen[$0] != Int32($0 % 2) } == 12)
        }
        for member in try await experiments.members(of: clean) {
            #expect(!experiments.folder.files.exists("\(experiments.folder.member(member.key))/labels.npy"))
        }
        #expect(try await submitted(experiments, nil).members.reused == 2)
        #expect(try await submitted(experiments, .init(fraction: 0.2)).members.reused == 2)
        #expect(try await submitted(experiments, .init(fraction: 0.2, kind: .pair)).members.reused == 2)
        #expect(try await submitted(experiments, .init(fraction: 0.3)).members.reused == 0)
        await experiments.stop()
    }

    @Test func anExtensionAndADryRunPlantTheSame() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(try Bench.upload())
        let first = try await submitted(experiments, .init(fraction: 0.2))
        let more = try await experiments.extend(first, repeats: 2)
        let extended = try await experiments.finished(more.id)
        #expect(extended.difficulty?.plant == first.difficulty?.plant)
        #expect(extended.members.total == 4 && extended.members.reused == 2)
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 2
        request.plant = .init(fraction: 0.2)
        let estimate = try await experiments.estimate(request)
        #expect(estimate.membersReused == 4 && estimate.settings.plant?.labels == 12)
        await experiments.stop()
    }
}
