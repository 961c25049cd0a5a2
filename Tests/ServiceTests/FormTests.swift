import Foundation
import PlumblineTesting
import Testing

/// `POST /v1/jobs` with the data in it.
@Suite(.timeLimit(.minutes(2))) struct FormTests {
    @Test(arguments: [true, false]) func oneCallUploadsAndAnalyses(fileFirst: Bool) async throws {
        try await LiveService.run { service in
            let file = Form.Part.file("file", try Bench.upload(), called: "digits.npz")
            let spec = Form.Part.field(
                "spec",
                #"{"model":{"name":"mlp","hidden":[16]},"training":{"epochs":1},"ensemble":{"folds":2,"repeats":1},"probes":{"k":5}}"#
            )
            func post() async throws -> LiveService.Answer {
                try await service.post(
                    "/v1/jobs",
                    fileFirst ? file : spec,
                    fileFirst ? spec : file,
                    headers: ["Idempotency-Key": "form"]
                )
            }
            let answer = try await post()
            #expect(answer.status == 202, "\(answer.text)")
            // Its boundary is another one each time; the request is the same.
            let again = try await post()
            #expect(try again.json()["id"] as? String == answer.json()["id"] as? String)
            let done = try await service.job("digits")
            #expect(done["state"] as? String == "succeeded", "\(done)")
            #expect((done["dataset"] as? [String: Any])?["name"] as? String == "digits")
            #expect((try await service.ask("GET", "/v1/jobs").json()["jobs"] as? [Any])?.count == 1)
        }
    }

    @Test func aWrongFormIsToldWhatIsWrong() async throws {
        try await LiveService.run { service in
            let bytes = try Bench.upload()
            let file = Form.Part.file("file", bytes, called: "digits.npz")
            func post(_ spec: String) async throws -> LiveService.Answer {
                try await service.post("/v1/jobs", file, .field("spec", spec))
            }
            let alone = try await service.post("/v1/jobs", .field("spec", "{}"))
            #expect(alone.status == 422 && alone.text.contains("file"), "\(alone.text)")
            #expect(try await service.post("/v1/jobs", file, .field("spec", "{")).status == 400)
            #expect(try await service.post("/v1/jobs", file, file).status == 422)
            #expect(try await service.post("/v1/jobs", file, .field("sepc", "{}")).text.contains("sepc"))
            let data = try await service.post("/v1/jobs", .file("data", bytes, called: "digits.npz"))
            #expect(data.text.contains("has a file; files are taken as features, file"), "\(data.text)")
            // What is wrong in front of the file is told as well.
            let misspelt = try await service.post("/v1/jobs", .field("spec", #"{"modell":"mlp"}"#), file)
            #expect(misspelt.status == 422)
            #expect(misspelt.text.contains("did you mean"))
            #expect(try await post(#"{"dataset":"x"}"#).text.contains("/dataset"))
            let prose = Form.Part.file("file", Array("# A heading\n\nNo data.\n".utf8), called: "README.md")
            #expect(try await service.post("/v1/jobs", prose, .field("spec", "{}")).status == 422)
            #expect((try await service.ask("GET", "/v1/datasets").json()["datasets"] as? [Any])?.isEmpty == true)
            #expect((try await service.ask("GET", "/v1/jobs").json()["jobs"] as? [Any])?.isEmpty == true)
        }
    }
}
