import Foundation
import ProcessTesting
import Testing

/// Workers of more than one thread.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15)))
struct ThreadsTests {
    /// The number that is measured at the first start is the one that networks are trained with, and it stays. With
    /// another number they are other networks.
    @Test func whatIsMeasuredIsKeptAndUsed() throws {
        let service = try Service(["--threads", "0"])
        let file = "\(service.folder)/data/threads.json"
        let measured = try Data(contentsOf: URL(fileURLWithPath: file))
        let choice = try #require(try JSONSerialization.jsonObject(with: measured) as? [String: Any])
        let threads = try #require(choice["threads"] as? Int)
        let rates = try #require(choice["examplesPerSecond"] as? [String: Double])
        #expect(rates["1"] ?? 0 > 0)
        #expect(threads >= 1 && choice["cores"] as? Int == ProcessInfo.processInfo.activeProcessorCount)

        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        func networks(_ name: String) throws -> [String: Any] {
            let spec = """
                {"dataset":"digits","name":"\(name)","model":{"name":"cnn","channels":[16]},"training":{"epochs":2},
                 "ensemble":{"folds":2,"repeats":1}}
                """
            #expect(try service.curl("/v1/jobs", "-d", spec).status == 202)
            let job = try service.job(name)
            #expect(job["state"] as? String == "succeeded", "\(job)")
            return try #require(job["members"] as? [String: Any])
        }
        #expect(try networks("first")["reused"] as? Int == 0)

        #expect(service.stop() == 0)
        try service.start(["--threads", "0"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == measured)
        #expect(try networks("again")["reused"] as? Int == 2)

        #expect(service.stop() == 0)
        try service.start(["--threads", "\(threads + 1)"])
        #expect(try networks("others")["reused"] as? Int == 0)
    }
}
