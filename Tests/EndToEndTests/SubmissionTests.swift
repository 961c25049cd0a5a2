import Foundation
import ProcessTesting
import Testing

/// `POST /v1/jobs` beyond the plain document: repeated after kill -9, and with much data in it.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct SubmissionTests {
    @Test func aRepeatedRequestFindsTheFirstJob() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        let key = ["-H", "Idempotency-Key: 8e03978e-40d5-43e2-bc93-6894a6b5b4b8"]
        let body = Samples.smallJob("digits", epochs: 1)
        let first = try service.curl("/v1/jobs", key + ["-d", body])
        #expect(first.status == 202)
        let id = try #require(try first.json()["id"] as? String)
        service.kill()
        try service.start()
        let again = try service.curl("/v1/jobs", key + ["-d", body])
        #expect(again.status == 202)
        #expect(try again.json()["id"] as? String == id)
        #expect(again.headers.lowercased().contains("idempotency-replayed: true"))
        #expect((try service.curl("/v1/jobs").json()["jobs"] as? [Any])?.count == 1)
        let other = try service.curl("/v1/jobs", key + ["-d", Samples.smallJob("digits", epochs: 2)])
        #expect(other.status == 422)
        #expect(try other.json()["error_code"] as? String == "IDEMPOTENCY_KEY_REUSED")
        #expect(try service.curl("/v1/jobs", "-H", "Idempotency-Key: a b", "-d", body).status == 400)
        #expect(try service.curl("/v1/jobs/\(id)", "-X", "DELETE").status == 204)
        #expect(try service.curl("/v1/jobs", key + ["-d", body]).status == 410, "a repeat revives nothing")
    }

    @Test func aLargeFormTakesNoMemory() throws {
        let service = try Service()
        let noise = "\(service.folder)/noise.bin"
        #expect(try Program.run("sh", ["-c", "head -c 200M /dev/urandom > \(noise)"]).code == 0)
        let before = service.peakMemory
        #expect(try service.curl("/v1/jobs", "-F", "file=@\(noise)", "-F", "spec={}").status == 422)
        #expect(service.peakMemory - before < 64 << 20, "grew by \((service.peakMemory - before) >> 20) MiB")
    }
}
