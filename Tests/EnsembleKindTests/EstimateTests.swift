import Datasets
import EnsembleKind
import Experiments
import Foundation
import PlumblineTesting
import Recipes
import Service
import Tasks
import TestSupport
import Testing

/// What a job would cost.
@Suite(.timeLimit(.minutes(2))) struct EstimateTests {
    private func request(_ bench: Bench, seed: UInt64 = 0) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 3
        request.repeats = 2
        request.training.epochs = 10
        request.training.seed = seed
        return request
    }

    @Test func theSumIsThatOfItsParts() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let data = try #require(try await experiments.library.dataset("toy")?.manifest)
        let settings = try DifficultySettings.resolve(request(bench).request, for: data, catalog: Bench.catalog)
        func cost(_ members: Int, slots: Int) -> JobCost {
            JobCost(settings, on: data, members: members, of: 6, slots: slots, calibration: Bench.calibration)
        }
        let one = cost(1, slots: 2)
        #expect(one.memberSeconds.training == 400)
        // Ten epochs of 20, and all 60 before and after.
        #expect(abs(one.memberSeconds.evaluation - 0.32) < 1e-9)
        // The sample compares 20 x (10 + 10) pairs, the whole 40 x (20 + 20); each pass is 60 rows, of 0.1 seconds.
        #expect(abs(one.memberSeconds.probes - (160 + 12)) < 1e-9)
        let forward: Double = 3 * 400 + 320 + 120
        #expect(one.multiplications == 100 * forward + 1_600 * 7)
        #expect(one.memberSeconds.rest > 5.24 && one.memberSeconds.rest < 5.3)
        #expect(one.flops == 2 * one.multiplications && one.workers == 1)
        // Two at once: three rounds for five of them, and for six.
        let (five, six) = (cost(5, slots: 2), cost(6, slots: 2))
        #expect(five.seconds == six.seconds && six.seconds > 3 * one.memberSeconds.total)
        #expect(six.multiplications == 6 * one.multiplications && six.diskBytes > five.diskBytes)
        let none = JobCost(settings, on: data, members: 0, of: 6, slots: 2, calibration: nil)
        #expect(none.multiplications == 0 && none.workerMemoryBytes == 0 && none.seconds < 1)
        await experiments.stop()
    }

    /// Members of random subsets cost by what they train on: a fifth and four fifths of 60 here.
    @Test func smallSubsetsCostLess() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let data = try #require(try await experiments.library.dataset("toy")?.manifest)
        func cost(_ ratios: [Double]) throws -> JobCost {
            var request = DifficultyOrder(dataset: "toy")
            (request.plan, request.ratios, request.runs, request.training.epochs) = (.subsets, ratios, 1, 10)
            let settings = try DifficultySettings.resolve(request.request, for: data, catalog: Bench.catalog)
            return JobCost(settings, on: data, members: 1, of: 1, slots: 1, calibration: Bench.calibration)
        }
        #expect(try cost([0.2]).memberSeconds.training == 120)
        #expect(try cost([0.8]).memberSeconds.training == 480)
        let both = try cost([0.2, 0.8])
        #expect(abs(both.memberSeconds.training - 300) < 1e-9)
        #expect(try abs(both.flops - (cost([0.2]).flops + cost([0.8]).flops) / 2) < 1)
        await experiments.stop()
    }

    @Test func aCalibrationLeavesNothingAndCountsWhatIsThere() async throws {
        let told = Bench.calibration
        let bench = Bench(FakeLauncher(calibration: told))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let estimate = try await experiments.estimate(request(bench))
        #expect(estimate.membersTotal == 6 && estimate.membersReused == 0 && estimate.cost.membersToTrain == 6)
        #expect(estimate.calibration?.trainSeconds == 1 && bench.launcher.workerStarts.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(bench.root)/tasks").isEmpty)
        _ = try await experiments.finished(try await experiments.submit(request(bench)).id)
        let again = try await experiments.estimate(request(bench))
        #expect(again.membersReused == 6 && again.calibration == nil)
        var hasty = request(bench, seed: 1)
        hasty.budget = JobBudget(maxSeconds: 7, maxMembers: 2)
        let limited = try await experiments.estimate(hasty)
        #expect(limited.membersTotal == 2 && limited.seconds == 7 && limited.cost.seconds > 7)
        await experiments.stop()
    }

    @Test func aFailureIsToldWithItsReason() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        await #expect {
            try await experiments.estimate(request(bench))
        } throws: {
            "\($0)".contains("no calibration in this test")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(bench.root)/tasks").isEmpty)
        await experiments.stop()
    }

    @Test func whileItsDataSetIsReadThereIsNoAnswer() async throws {
        let gate = Gate()
        let bench = Bench(FakeLauncher(gate: gate))
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload(), patience: .zero)
        await #expect {
            try await experiments.estimate(request(bench))
        } throws: {
            if case ExperimentError.datasetNotReady(_, .ingesting, _) = $0 { true } else { false }
        }
        gate.open()
        await experiments.stop()
    }
}
