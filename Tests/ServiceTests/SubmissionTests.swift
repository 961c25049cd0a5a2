import Foundation
import PlumblineTesting
import Testing

/// What of `POST /v1/jobs` needs no trained network: refusals, repeats, the queue's length.
@Suite(.timeLimit(.minutes(1))) struct SubmissionTests {
    private static func job(_ more: String = "") -> String {
        """
        {"dataset":"toy","model":{"name":"mlp","hidden":[8]},"training":{"epochs":3},\
        "ensemble":{"folds":2,"repeats":1},"probes":{"k":5}\(more)}
        """
    }

    /// Which field, and why.
    @Test(arguments: [
        (#""budget":{"max_seconds":0}"#, "/budget/max_seconds", "1 to 1000000000"),
        (#""budget":{"max_members":0}"#, "/budget/max_members", "1 to 1000, got 0"),
        (#""budget":{"max_minutes":3}"#, "/budget/max_minutes", "unknown field"),
        (#""budget":7"#, "/budget", "expected an object, got a number"),
        (#""priority":101"#, "/priority", "-100 to 100, got 101"),
        (#""priority":1.5"#, "/priority", "expected a whole number"),
        (#""plant":"yes""#, "/plant", "expected true, false or an object, got a string"),
        (#""plant":{"fraction":0.5}"#, "/plant/fraction", "above 0 and at most 0.4, got 0.5"),
        (#""plant":{"fraction":0.001}"#, "/plant/fraction", "at least 2 planted labels are needed"),
        (#""plant":{"kind":"pairs"}"#, "/plant/kind", #"expected one of \"uniform\", \"pair\""#),
        (#""plant":{"fractoin":0.1}"#, "/plant/fractoin", "did you mean"),
        (#""dry_run":1"#, "/dry_run", "expected true or false"), (#""probse":{}"#, "/probse", "did you mean"),
    ])
    func whatIsWrongIsTold(_ field: String, _ pointer: String, _ detail: String) async throws {
        try await LiveService.run { service in
            _ = try await service.experiments.add(Bench.upload())
            let answer = try await service.ask("POST", "/v1/jobs", Self.job(",\(field)"))
            #expect(answer.status == 422 && answer.text.contains("\"\(pointer)\""), "\(answer.text)")
            #expect(answer.text.contains(detail), "\(answer.text)")
            #expect(answer.headers["content-type"] == "application/problem+json")
            let problem = try answer.json()
            for field in ["type", "title", "status", "detail", "error_code", "message", "request_id", "errors"] {
                #expect(problem[field] != nil, "\(field) is missing")
            }
        }
    }

    @Test func otherRefusalsHaveTheirStatus() async throws {
        try await LiveService.run { service in
            _ = try await service.experiments.add(Bench.upload())
            #expect(try await service.ask("POST", "/v1/jobs", #"{"dataset":"nobody"}"#).status == 404)
            #expect(try await service.ask("POST", "/v1/jobs", #"{"dataset":"nobody","dry_run":true}"#).status == 404)
            let dry = #"{"dataset":"toy","dry_run":true,"model":"nn"}"#
            #expect(try await service.ask("POST", "/v1/jobs", dry).status == 422)
            #expect(try await service.ask("POST", "/v1/jobs", "{").status == 400)
            let put = try await service.ask("PUT", "/v1/jobs")
            #expect(put.status == 405 && put.headers["allow"] != nil)
            #expect(try await service.ask("GET", "/nothing").status == 404)
            let elsewhere = ["Origin": "http://evil.example"]
            #expect(try await service.ask("POST", "/v1/jobs", Self.job(), headers: elsewhere).status == 403)
            #expect((try await service.ask("GET", "/v1/jobs").json()["jobs"] as? [Any])?.isEmpty == true)
        }
    }

    @Test func repeatsAtOnceAreOneJob() async throws {
        try await LiveService.run { service in
            _ = try await service.experiments.add(Bench.upload())
            let statuses = try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await service.ask("POST", "/v1/jobs", Self.job(), headers: ["Idempotency-Key": "one"])
                            .status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 202, count: 8))
            #expect((try await service.ask("GET", "/v1/jobs").json()["jobs"] as? [Any])?.count == 1)
        }
    }

    @Test func aFullQueueAsksToComeBack() async throws {
        try await LiveService.run(FakeLauncher { _, _ in .hang }, queueLimit: 2) { service in
            _ = try await service.experiments.add(Bench.upload())
            func submit(_ seed: Int, key: String? = nil) async throws -> LiveService.Answer {
                let body = Self.job().replacing(#""epochs":3"#, with: #""epochs":3,"seed":\#(seed)"#)
                return try await service.ask(
                    "POST",
                    "/v1/jobs",
                    body,
                    headers: key.map { ["Idempotency-Key": $0] } ?? [:]
                )
            }
            #expect(try await submit(1).status == 202)
            let second = try await submit(2, key: "two")
            #expect(second.status == 202)
            let third = try await submit(3)
            #expect(third.status == 429 && third.headers["retry-after"] != nil)
            #expect(try third.json()["error_code"] as? String == "QUEUE_FULL")
            // A repeat asks for nothing new.
            #expect(try await submit(2, key: "two").status == 202)
            let id = try #require(try second.json()["id"] as? String)
            #expect(try await service.ask("POST", "/v1/jobs/\(id)/cancel").status == 200)
            #expect(try await submit(3).status == 202)
        }
    }

    /// What is planted where little is said.
    @Test func aDryRunTellsWhatIsPlanted() async throws {
        try await LiveService.run(FakeLauncher(calibration: Bench.calibration)) { service in
            _ = try await service.experiments.add(Bench.upload())
            let dry = try await service.ask("POST", "/v1/jobs", Self.job(#","plant":true,"dry_run":true"#)).json()
            #expect((dry["plant"] as? [String: Any])?["labels"] as? Int == 12, "\(dry)")
            let none = try await service.ask("POST", "/v1/jobs", Self.job(#","plant":false,"dry_run":true"#)).json()
            #expect(none["plant"] is NSNull)
        }
    }
}
