import ProcessTesting
import Testing

/// The browser application in headless Chromium, against a real job.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct PageTests {
    @Test func thePageShowsAFinishedJobWithoutAnyError() throws {
        guard Program.exists("chromedriver"), Program.exists("chromium"), Program.exists("python3") else {
            print("skipped: chromium, chromedriver or python3 is not here")
            return
        }
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(60, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits", epochs: 6))
        let job = try service.job("digits")
        let id = try #require(job["id"] as? String)
        let shots = "\(service.folder)/screenshots"
        let result = try Program.run(
            "python3",
            ["\(Service.package)/Tests/EndToEndTests/Browser/page_test.py", service.url, id, shots]
        )
        #expect(result.code == 0, "\(String(decoding: result.output, as: UTF8.self))")
    }
}
