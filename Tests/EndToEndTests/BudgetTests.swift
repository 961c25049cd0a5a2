import Foundation
import ProcessTesting
import Testing

/// Budgets and priorities against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct BudgetTests {
    private static func job(repeats: Int, more: String = "") -> String {
        """
        {"dataset":"digits","model":{"name":"mlp","hidden":[64]},"training":{"epochs":30},\
        "ensemble":{"folds":2,"repeats":\(repeats)},"probes":{"k":5}\(more)}
        """
    }

    private func started() throws -> Service {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        return service
    }

    private func members(_ job: [String: Any]) -> [String: Int] { job["members"] as? [String: Int] ?? [:] }

    @Test func aJobStopsAtItsNumberOfMembersAndGoesOn() throws {
        let service = try started()
        let answer = try service.curl(
            "/v1/jobs",
            "-d",
            Self.job(repeats: 2, more: #","budget":{"max_members":3},"priority":5"#)
        )
        #expect(answer.status == 202, "\(answer.text)")
        #expect((try answer.json()["budget"] as? [String: Any])?["max_members"] as? Int == 3)
        let job = try service.job("digits")
        #expect(job["state"] as? String == "succeeded" && job["stop_reason"] as? String == "budget", "\(job)")
        #expect(job["priority"] as? Int == 5 && job["partial"] as? Bool == false)
        #expect(members(job)["total"] == 3 && members(job)["succeeded"] == 3)
        #expect(try service.curl("/v1/jobs/digits/scores.csv").status == 200)
        #expect(try service.curl("/v1/jobs/digits/resume", "-X", "POST").status == 200)
        let whole = try service.job("digits")
        #expect(whole["state"] as? String == "succeeded" && whole["stop_reason"] is NSNull && whole["budget"] is NSNull)
        #expect(members(whole)["succeeded"] == 4)
    }

    /// The time is up while members are in flight, and after the service was killed.
    @Test func aJobStopsAtItsTimeThroughAKill() throws {
        let service = try started()
        _ = try service.curl("/v1/jobs", "-d", Self.job(repeats: 1))
        #expect(try service.job("digits")["state"] as? String == "succeeded")
        // The two members of the first job are whole at once; 98 more are not trained in four seconds.
        let answer = try service.curl("/v1/jobs", "-d", Self.job(repeats: 50, more: #","budget":{"max_seconds":4}"#))
        let id = try #require(try answer.json()["id"] as? String)
        _ = try service.job(id) { members($0)["running"] ?? 0 > 0 }
        service.kill()
        try service.start()
        let job = try service.job(id)
        #expect(job["state"] as? String == "succeeded" && job["stop_reason"] as? String == "budget", "\(job)")
        let done = try #require(members(job)["succeeded"])
        #expect(done >= 2 && done < 100 && members(job)["total"] == 100)
        #expect(service.workers.isEmpty)
        let summary = try service.curl("/v1/jobs/\(id)/summary").json()
        #expect(summary["partial"] as? Bool == false)
    }
}
