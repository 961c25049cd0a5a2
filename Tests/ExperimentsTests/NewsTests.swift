import Experiments
import PlumblineTesting
import Testing

/// What listeners to all jobs hear.
@Suite struct NewsTests {
    @Test(.timeLimit(.minutes(1))) func aListenerHearsAtOnceAndOfEveryJobThatComes() async throws {
        let bench = Bench(FakeLauncher { _, _ in .succeed })
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        try await experiments.start()
        _ = try await experiments.add(Bench.upload())
        var news = experiments.news(pause: .milliseconds(1)).makeAsyncIterator()
        #expect(await news.next() == .changed)
        let job = try await experiments.submit(DifficultyOrder(dataset: "toy"))
        // It ends, since the last change of the job is told, too.
        var state = try await experiments.job(job.id)?.state
        while state?.isLive == true, await news.next() == .changed { state = try await experiments.job(job.id)?.state }
        #expect(state == .succeeded)
        await experiments.stop()
    }

    @Test(.timeLimit(.minutes(1))) func whereNothingHappensListenersHearThatAllIsWell() async throws {
        let bench = Bench()
        defer { withExtendedLifetime(bench) {} }
        let experiments = try bench.open()
        var news = experiments.news(signOfLife: .milliseconds(1)).makeAsyncIterator()
        var heard: [Experiments.News] = []
        while !heard.contains(.stillThere) { heard.append(try #require(await news.next())) }
        #expect(heard.filter { $0 == .changed }.count == 1)
    }
}
