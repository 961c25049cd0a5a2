import Foundation
import ProcessTesting
import Testing

/// Going on with jobs, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct ContinuationTests {
    @Test func moreRepeatsReuseEveryMember() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        let first = try service.job("digits")
        let id = try #require(first["id"] as? String)
        let keyed = ["-H", "Idempotency-Key: more-1", "-d", #"{"repeats":3}"#]
        let answer = try service.curl("/v1/jobs/\(id)/extend", keyed)
        let again = try service.curl("/v1/jobs/\(id)/extend", keyed)
        #expect(again.headers.lowercased().contains("idempotency-replayed: true"))
        #expect(try again.json()["id"] as? String == answer.json()["id"] as? String)
        #expect(answer.status == 202, "\(answer.text)")
        let next = try #require(try answer.json()["id"] as? String)
        let job = try service.job(next)
        #expect(job["state"] as? String == "succeeded" && job["extends"] as? String == id)
        #expect((job["members"] as? [String: Int])?["reused"] == 4)
        #expect((job["members"] as? [String: Int])?["total"] == 6)
        #expect((job["training"] as? NSDictionary) == (first["training"] as? NSDictionary))
        #expect(try service.curl("/v1/jobs/\(id)").json()["extends"] is NSNull)

        for (body, status) in [(#"{"repeats":2}"#, 422), (#"{"repeats":501}"#, 422), ("{}", 422), ("3 more", 400)] {
            let wrong = try service.curl("/v1/jobs/\(id)/extend", "-d", body)
            #expect(wrong.status == status, "\(body): \(wrong.text)")
            if status == 422 { #expect(wrong.text.contains("/repeats")) }
        }
        #expect(try service.curl("/v1/jobs/\(id)/resume", "-X", "POST").status == 409)
    }

    @Test func repeatsAreAddedUntilAScoreIsReliable() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        func job(_ until: String) -> String {
            Samples.smallJob("digits").replacingOccurrences(of: #""repeats":2"#, with: #""until":\#(until)"#)
        }
        // Two small networks do not agree so well.
        let hard = job(#"{"score":"issue_score","reliability":0.9999,"max_repeats":3}"#)
        #expect(try service.curl("/v1/jobs", "-d", hard).status == 202)
        let first = try service.job("digits")
        #expect(
            first["state"] as? String == "succeeded" && first["stop_reason"] as? String == "max_repeats",
            "\(first)"
        )
        let ensemble = try #require(first["ensemble"] as? [String: Any])
        #expect(ensemble["repeats"] as? Int == 3)
        #expect((ensemble["until"] as? [String: Any])?["max_repeats"] as? Int == 3)
        let summary = try service.curl("/v1/jobs/digits/summary").json()
        #expect(summary["partial"] as? Bool == false)
        #expect((summary["members"] as? [String: Int])?["used"] == 6)

        let easy = job(#"{"score":"issue_score","reliability":0.01}"#)
        #expect(try service.curl("/v1/jobs", "-d", easy).status == 202)
        let second = try service.job("digits")
        #expect(second["stop_reason"] as? String == "reliability", "\(second)")
        #expect((second["members"] as? [String: Int])?["total"] == 4)
        #expect((second["members"] as? [String: Int])?["reused"] == 4)
        for (until, pointer) in [
            ("0.9", "/ensemble/until"), (#"{"score":"issue_score"}"#, "/ensemble/until/reliability"),
            (#"{"score":"issue","reliability":0.9}"#, "/ensemble/until/score"),
        ] {
            let wrong = try service.curl("/v1/jobs", "-d", job(until))
            #expect(wrong.status == 422 && wrong.text.contains("\"\(pointer)\""), "\(wrong.text)")
        }
    }

    @Test func aCancelledJobGoesOn() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits", epochs: 400))
        #expect(try service.curl("/v1/jobs/digits/cancel", "-X", "POST").status == 200)
        #expect(try service.job("digits")["state"] as? String == "cancelled")
        let resumed = try service.curl("/v1/jobs/digits/resume", "-X", "POST")
        #expect(resumed.status == 200, "\(resumed.text)")
        #expect(["queued", "running"].contains(try resumed.json()["state"] as? String))
        let job = try service.job("digits")
        #expect(job["state"] as? String == "succeeded", "\(job)")
        #expect((job["members"] as? [String: Int])?["succeeded"] == 4)
    }
}
