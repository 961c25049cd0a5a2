import EnsembleKind
import Experiments
import Foundation
import PlumblineTesting
import Testing

/// Jobs that add repeats until a score is reliable.
@Suite(.timeLimit(.minutes(1))) struct ReliabilityTargetTests {
    /// 0.4 with 4 members, 0.6 with 6, 0.8 with 8.
    private static func launcher(_ behaviour: @escaping @Sendable (Int, Int) -> Behaviour = { _, _ in .succeed })
        -> FakeLauncher
    {
        FakeLauncher(reliability: [4: 0.4, 6: 0.6, 8: 0.8], behaviour)
    }

    private func request(_ reliability: Double, maxRepeats: Int? = nil, maxMembers: Int? = nil) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.until = .init(score: "issue_score", reliability: reliability, maxRepeats: maxRepeats)
        request.budget = JobBudget(maxSeconds: nil, maxMembers: maxMembers)
        return request
    }

    private func opened(_ bench: Bench) async throws -> Experiments {
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(try Bench.upload())
        return experiments
    }

    private func ended(_ experiments: Experiments, _ request: DifficultyOrder) async throws -> JobSummary {
        try await experiments.finished(try await experiments.submit(request).id)
    }

    @Test func wholeRepeatsAreAddedUntilItIsReached() async throws {
        let bench = Bench(Self.launcher())
        let experiments = try await opened(bench)
        let job = try await ended(experiments, request(0.6))
        #expect(job.state == .succeeded && job.stopReason == "reliability", "\(String(describing: job.failure))")
        #expect(job.difficulty?.ensemble.rounds == 3 && job.members.total == 6 && job.members.succeeded == 6)
        #expect(job.revisionMembers == 6 && !job.isPartial)
        #expect(bench.launcher.workerStarts.map(\.index).sorted() == Array(0..<6))

        // Already there with the two repeats that it begins with; every member is reused.
        let easy = try await ended(experiments, request(0.3))
        #expect(easy.stopReason == "reliability" && easy.members.total == 4 && easy.members.reused == 4)
        await experiments.stop()
        withExtendedLifetime(bench) {}
    }

    @Test func itEndsWithMaxRepeatsOrItsBudget() async throws {
        let bench = Bench(Self.launcher())
        let experiments = try await opened(bench)
        let limited = try await ended(experiments, request(0.99, maxRepeats: 4))
        #expect(limited.state == .succeeded && limited.stopReason == "max_repeats")
        #expect(limited.members.total == 8 && limited.difficulty?.ensemble.rounds == 4)
        // 7 members are three whole repeats and a half.
        let poor = try await ended(experiments, request(0.99, maxMembers: 7))
        #expect(poor.state == .succeeded && poor.stopReason == "budget" && poor.members.total == 6)
        await experiments.stop()
        withExtendedLifetime(bench) {}
    }

    @Test func aScoreWithoutReliabilityGoesToTheEnd() async throws {
        let bench = Bench(FakeLauncher())
        let experiments = try await opened(bench)
        let job = try await ended(experiments, request(0.1, maxRepeats: 3))
        #expect(job.stopReason == "max_repeats" && job.members.total == 6)
        await experiments.stop()
        withExtendedLifetime(bench) {}
    }

    @Test func anExtensionHasAFixedNumberOfRepeats() async throws {
        let bench = Bench(Self.launcher())
        let experiments = try await opened(bench)
        let job = try await ended(experiments, request(0.3))
        let more = try await experiments.finished(try await experiments.extend(job, repeats: 3).id)
        #expect(more.difficulty?.ensemble.until == nil && more.stopReason == nil)
        #expect(more.members.total == 6 && more.members.reused == 4)
        await experiments.stop()
        withExtendedLifetime(bench) {}
    }

    /// A stop of the service in the repeat that was added.
    @Test func aRestartGoesOnWithTheRepeatThatWasAdded() async throws {
        let bench = Bench(Self.launcher { index, _ in index < 4 ? .succeed : .hang })
        let id = try await interrupted(bench)
        let second = try bench.open(launcher: Self.launcher())
        try await second.start()
        let job = try await second.finished(id)
        #expect(job.stopReason == "reliability" && job.members.total == 8 && job.members.succeeded == 8)
        await second.stop()
    }

    /// Starts a job and stops the service while a third repeat is trained.
    private func interrupted(_ bench: Bench) async throws -> String {
        let experiments = try await opened(bench)
        let id = try await experiments.submit(request(0.75)).id
        _ = try await experiments.job(id) { $0.members.total == 6 && $0.members.running > 0 }
        await experiments.stop()
        return id
    }

    @Test func wrongTargetsAreSaidExactly() async throws {
        let bench = Bench()
        let experiments = try await opened(bench)
        func issues(_ change: (inout DifficultyOrder) -> Void) async throws -> [SettingsError.Issue] {
            var wrong = request(0.9)
            change(&wrong)
            do {
                _ = try await experiments.submit(wrong)
                return []
            } catch let error as SettingsError {
                return error.issues
            }
        }
        let score = try await issues { $0.until?.score = "group" }
        #expect(score.map(\.pointer) == ["/ensemble/until/score"] && score[0].detail.contains("issue_score"))
        let value = try await issues { $0.until?.reliability = 1 }
        #expect(value == [.init(pointer: "/ensemble/until/reliability", detail: "above 0 and below 1, got 1.0")])
        let repeats = try await issues { $0.repeats = 1 }
        #expect(repeats.map(\.pointer) == ["/ensemble/repeats"])
        let few = try await issues { $0.until?.maxRepeats = 1 }
        #expect(few.map(\.pointer) == ["/ensemble/until/max_repeats"])
        let many = try await issues { $0.until?.maxRepeats = 501 }
        #expect(many.map(\.pointer) == ["/ensemble/until/max_repeats"] && many[0].detail.contains("to 500"))
        await experiments.stop()
        withExtendedLifetime(bench) {}
    }
}
