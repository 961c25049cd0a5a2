import Foundation
import ProcessTesting
import Testing

/// `POST /v1/jobs` beyond the plain document: repeated, too many, and with the data in it.
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

    @Test(arguments: [true, false]) func oneCallUploadsAndAnalyses(fileFirst: Bool) throws {
        let service = try Service()
        let file = try Samples.digits(10, in: service.folder)
        let spec =
            #"{"model":{"name":"mlp","hidden":[16]},"training":{"epochs":1},"ensemble":{"folds":2,"repeats":1},"probes":{"k":5}}"#
        let parts = [["-F", "file=@\(file)"], ["-F", "spec=\(spec)"]]
        let arguments = (fileFirst ? parts : parts.reversed()).flatMap { $0 } + ["-H", "Idempotency-Key: form"]
        let answer = try service.curl("/v1/jobs", arguments)
        #expect(answer.status == 202, "\(answer.text)")
        // curl chooses another boundary each time; the request is the same.
        let again = try service.curl("/v1/jobs", arguments)
        #expect(try again.json()["id"] as? String == answer.json()["id"] as? String)
        let done = try service.job("digits")
        #expect(done["state"] as? String == "succeeded", "\(done)")
        #expect((done["dataset"] as? [String: Any])?["name"] as? String == "digits")
        #expect((try service.curl("/v1/jobs").json()["jobs"] as? [Any])?.count == 1)
    }

    @Test func aWrongFormIsToldWhatIsWrong() throws {
        let service = try Service()
        let file = try Samples.digits(5, in: service.folder)
        func post(_ fields: String...) throws -> Service.Answer {
            try service.curl("/v1/jobs", fields.flatMap { ["-F", $0] })
        }
        #expect(try post("spec={}").text.contains("file"))
        #expect(try post("spec={}").status == 422)
        #expect(try post("file=@\(file)", "spec={").status == 400)
        #expect(try post("file=@\(file)", "file=@\(file)").status == 422)
        #expect(try post("file=@\(file)", "sepc={}").text.contains("sepc"))
        #expect(try post("data=@\(file)").text.contains("has a file; files are taken as features, file"))
        let misspelt = try post("spec={\"modell\":\"mlp\"}", "file=@\(file)")
        #expect(misspelt.status == 422)
        #expect(misspelt.text.contains("did you mean"))
        #expect(try post("file=@\(file)", "spec={\"dataset\":\"x\"}").text.contains("/dataset"))
        #expect(try post("file=@\(Service.package)/README.md", "spec={}").status == 422)
        #expect((try service.curl("/v1/datasets").json()["datasets"] as? [Any])?.isEmpty == true)
        #expect((try service.curl("/v1/jobs").json()["jobs"] as? [Any])?.isEmpty == true)
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
