import EnsembleKind
import Experiments
import Files
import Foundation
import PlumblineTesting
import Recipes
import Service
import Testing

/// Old jobs, and what belongs to nobody.
@Suite(.timeLimit(.minutes(2))) struct RetentionTests {
    private func request(seed: UInt64 = 0) -> DifficultyOrder {
        var request = DifficultyOrder(dataset: "toy")
        request.folds = 2
        request.repeats = 1
        request.training.seed = seed
        return request
    }

    @Test func oldFinishedJobsGoWithAllThatIsTheirs() async throws {
        let bench = Bench(FakeLauncher { index, _ in index == 9 ? .hang : .succeed })
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        let first = try await experiments.finished(try await experiments.submit(request()).id)
        // Its last member never ends.
        let running = try await experiments.extend(first, repeats: 5)
        let other = try await experiments.finished(try await experiments.submit(request(seed: 1)).id)
        #expect(try await experiments.removeJobs(endedBefore: .distantPast).isEmpty)
        let later = Date(timeIntervalSinceNow: 60)
        #expect(try await experiments.removeJobs(endedBefore: later) == [other.id])
        #expect(try await experiments.job(first.id) != nil, "another job goes on from it")
        #expect(try await experiments.job(running.id)?.state == .running)
        let current = try #require(try await experiments.job(running.id))
        #expect(try await experiments.cancel(current))
        // First the one that goes on, then the one that it went on from.
        #expect(try await experiments.removeJobs(endedBefore: later) == [running.id, first.id])
        #expect(try Files.live.list("\(bench.root)/jobs").isEmpty)
        await experiments.stop()
        #expect(try Files.live.list("\(bench.root)/members").isEmpty)
    }

    @Test func aServiceWithADayOfRetentionRemovesAtItsStart() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let id: String
        do {
            let experiments = try bench.open()
            try await experiments.start()
            _ = try await experiments.add(Bench.upload())
            id = try await experiments.finished(try await experiments.submit(request()).id).id
            await experiments.stop()
        }
        let patient = try bench.open(retentionDays: 1)
        try await patient.start()
        await patient.stop()
        #expect(try await patient.job(id) != nil)
    }

    @Test func litterGoesAtTheStart() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let root = bench.root
        let job: JobSummary
        do {
            let experiments = try bench.open()
            try await experiments.start()
            _ = try await experiments.add(Bench.upload())
            job = try await experiments.finished(try await experiments.submit(request()).id)
            await experiments.stop()
        }
        let kept = "jobs/\(job.id)/columns/\(job.revision)"
        let litter = [
            "incoming/ds_0000000000", "tasks/abc.1/spec.json", "tasks/ingest-ds_0000000000/manifest.json",
            "checkpoints/abc", "members/abc/manifest.json", "jobs/job_0000000000/columns/1/summary.json",
            "jobs/\(job.id)/columns/99/summary.json", "jobs/\(job.id)/score-99.json", "datasets/abc/manifest.json",
            "VERSION.1.2.tmp",
        ]
        for path in litter {
            try Files.live.createDirectory(
                (path.split(separator: "/").dropLast().reduce(root) { "\($0)/\($1)" })
            )
            try Files.live.write(Array("{}".utf8), to: "\(root)/\(path)")
        }
        let again = try bench.open()
        try await again.start()
        for path in litter {
            #expect(!Files.live.exists("\(root)/\(path)"), "\(path)")
        }
        for folder in ["tasks", "incoming", "checkpoints"] { #expect(try Files.live.list("\(root)/\(folder)").isEmpty) }
        #expect(Files.live.exists("\(root)/\(kept)/summary.json"))
        #expect(try Files.live.list("\(root)/members").count == 2)
        #expect(try Files.live.list("\(root)/datasets").count == 1)
        await again.stop()
    }
}
