import Arrays
import Datasets
import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Tasks
import Testing

/// The plan `threshold_samples`: which examples get the fake class, what its members are made of, what it refuses.
@Suite struct ThresholdSamplesTests {
    /// 240 rows of three classes, of which the last 40 are test rows and each fortieth has no label; the first 20 are ten
    /// pairs of equal inputs.
    private let labels: [Int32] = (0..<240).map { $0 % 40 == 39 ? -1 : Int32($0 % 3) }
    private let split: [UInt8] = (0..<240).map { $0 >= 200 ? 1 : 0 }
    private var duplicateOf: [Int32] { (0..<240).map { $0 < 20 ? $0 / 2 * 2 : $0 } }

    private func draw(seed: UInt64, duplicateOf: [Int32]? = nil) -> ThresholdSamples {
        ThresholdSamples(
            seed: seed,
            labels: labels,
            split: split,
            duplicateOf: duplicateOf ?? self.duplicateOf,
            classes: 3
        )
    }

    @Test(arguments: 0..<6 as Range<UInt64>) func theSetsAreDisjointAndOfTheirSize(seed: UInt64) {
        let samples = draw(seed: seed)
        // 195 labelled training rows: 195 / 4 = 48.75.
        let sets = (0..<2).map { run in
            Set(labels.indices.filter { samples.labels(run: run)[$0] != labels[$0] })
        }
        #expect(sets.allSatisfy { $0.count == 49 }, "seed \(seed)")
        #expect(sets[0].isDisjoint(with: sets[1]), "seed \(seed)")
        for run in 0..<2 {
            #expect(sets[run] == Set(labels.indices.filter { samples.sets[$0] == UInt8(run + 1) }))
            #expect(sets[run].allSatisfy { samples.labels(run: run)[$0] == 3 })
            #expect(sets[run].allSatisfy { labels[$0] >= 0 && split[$0] == 0 })
            // Inputs that occur twice are not needed.
            #expect(sets[run].allSatisfy { $0 >= 20 })
            // No class is left out: each has some sixty candidates.
            #expect(Set(sets[run].map { labels[$0] }) == [0, 1, 2])
        }
    }

    @Test func theSeedDecidesAlone() {
        let one = draw(seed: 3)
        #expect(draw(seed: 3).sets == one.sets)
        #expect(draw(seed: 4).sets != one.sets)
        for run in 0..<2 {
            let file = NPY.encode(NDArray(shape: [240], values: one.labels(run: run)))
            #expect(one.digest(run: run) == SHA256Hasher.hash(file))
            #expect(draw(seed: 4).digest(run: run) != one.digest(run: run))
        }
        #expect(one.digest(run: 0) != one.digest(run: 1))
    }

    /// Where all inputs occur twice, copies are drawn as well.
    @Test func copiesAreTakenWhereNothingElseIsThere() {
        let samples = draw(seed: 1, duplicateOf: (0..<240).map { $0 / 2 * 2 })
        #expect(samples.sets.count { $0 == 1 } == 49 && samples.sets.count { $0 == 2 } == 49)
    }

    @Test func theirNumberIsRounded() {
        #expect(ThresholdSamples.count(labelled: 150, classes: 3) == 38)
        #expect(ThresholdSamples.count(labelled: 149, classes: 3) == 37)
        #expect(ThresholdSamples.count(labelled: 60, classes: 2) == 20)
        #expect(ThresholdSamples.count(labelled: 5_000, classes: 10) == 455)
    }

    // MARK: Members

    private func submitted(_ experiments: Experiments, seed: UInt64 = 0) async throws -> JobSummary {
        var request = DifficultyOrder(dataset: "toy")
        request.plan = .thresholdSamples
        request.training.seed = seed
        return try await experiments.finished(try await experiments.submit(request).id)
    }

    @Test func membersSeeTheFakeClassAndAreFoundAgain() async throws {
        let bench = Bench()
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(try Bench.upload())
        let first = try await submitted(experiments)
        #expect(first.state == .succeeded, "\(String(describing: first.failure))")
        #expect(first.members.total == 2 && first.members.reused == 0)
        #expect(first.difficulty?.ensemble == EnsembleSettings(plan: .thresholdSamples, parts: 1, rounds: 2))
        #expect(first.difficulty?.probes.k == 0)
        var rows: [[Int]] = []
        for (run, member) in try await experiments.members(of: first).enumerated() {
            let home = experiments.folder.member(member.key)
            let seen = try NPY.read(Int32.self, from: "\(home)/labels.npy").values
            rows.append(seen.indices.filter { seen[$0] == 2 })
            #expect(seen.indices.allSatisfy { seen[$0] == 2 || seen[$0] == Int32($0 % 2) })
            let split = try Bench.views[first.kind].member(member, of: first).split
            #expect(String(decoding: split.encoded(), as: UTF8.self) == "{\"run\":\(run)}\n")
            let held = try NPY.read(UInt8.self, from: "\(home)/held_out.npy").values
            #expect(held.allSatisfy { $0 == 0 })
            let spec = try JSONSerialization.jsonObject(with: Data(Files.live.read("\(home)/spec.json")))
            let dataset = (spec as? [String: Any])?["dataset"] as? [String: Any]
            #expect(dataset?["num_classes"] as? Int == 3)
        }
        // 60 examples of two classes.
        #expect(rows.map(\.count) == [20, 20] && Set(rows[0]).isDisjoint(with: rows[1]))
        #expect(try await submitted(experiments).members.reused == 2)
        #expect(try await submitted(experiments, seed: 1).members.reused == 0)
        let error = await #expect(throws: SettingsError.self) { try await experiments.extend(first, repeats: 3) }
        #expect(error?.issues.map(\.pointer) == ["/runs"])
        await experiments.stop()
    }

    // MARK: Refusals

    private func issues(
        _ counts: [Int],
        _ change: (inout DifficultyOrder) -> Void = { _ in }
    ) throws -> [SettingsError.Issue] {
        var request = DifficultyOrder(dataset: "d")
        request.plan = .thresholdSamples
        change(&request)
        let manifest = try Bench.manifest(classCounts: counts)
        do {
            _ = try DifficultySettings.resolve(request.request, for: manifest, catalog: Bench.catalog)
            return []
        } catch {
            return error.issues
        }
    }

    @Test func whatMakesNoSenseIsRefusedWhereItStands() throws {
        #expect(try issues([50, 50, 50]).isEmpty)
        let all = try issues([50, 50, 50]) {
            $0.folds = 5
            $0.repeats = 2
            $0.ratios = [0.7]
            $0.runs = 3
            $0.until = .init(score: "aum", reliability: 0.9)
            $0.k = 5
            $0.neighbors = .projected
            $0.inputMargin = .all
            $0.plant = .init()
        }
        let expected = [
            "/ensemble/folds", "/ensemble/repeats", "/ensemble/ratios", "/ensemble/runs", "/ensemble/until",
            "/probes/k", "/probes/neighbors", "/probes/input_margin", "/plant",
        ]
        #expect(all.map(\.pointer) == expected)
        #expect(all.allSatisfy { $0.detail.hasPrefix("not with \"plan\": \"threshold_samples\"") })
    }

    @Test func tooLittleDataIsRefused() throws {
        // 37 / 4 = 9.25 samples.
        let few = try issues([13, 12, 12])
        #expect(few.map(\.pointer) == ["/ensemble/plan"])
        #expect(few.first?.detail.hasSuffix("37 labelled training examples of 3 classes leave 9") == true)
        #expect(try issues([13, 13, 13]).isEmpty)
        let one = try issues([100, 0])
        #expect(one.first?.detail.contains("at least 2 classes") == true)
    }
}
