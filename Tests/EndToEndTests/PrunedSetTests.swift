import Foundation
import ProcessTesting
import Testing

/// Pruned training sets and their verification, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct PrunedSetTests {
    @Test func aSubsetStandsBesideARandomOneOfTheSameSize() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        #expect(try service.job("digits")["state"] as? String == "succeeded")
        let path = "/v1/jobs/digits/subsets"
        func subset(_ body: String) throws -> [String: Any] {
            let answer = try service.curl(path, "-d", body)
            #expect(answer.status == 200, "\(answer.text)")
            let all = try answer.json()
            #expect(all["num_candidates"] as? Int == 200 && all["verification"] is NSNull)
            return try #require((all["subsets"] as? [[String: Any]])?.first)
        }
        func rows(_ subset: [String: Any], _ name: String) -> [Int] {
            (subset[name] as? [String: Any])?["row_idx"] as? [Int] ?? []
        }
        let kept = try subset(#"{"keep":0.7,"by":"issue_score"}"#)
        #expect(kept["num_kept"] as? Int == 140 && rows(kept, "selected").count == 140)
        #expect(rows(kept, "random").count == 140 && rows(kept, "random") != rows(kept, "selected"))
        #expect(((kept["selected"] as? [String: Any])?["source"] as? [String])?.count == 140)
        // What is named by drop from the other end is what is left.
        let dropped = try subset(#"{"drop":60,"by":"issue_score","direction":"easiest"}"#)
        #expect(Set(rows(dropped, "selected")).union(rows(kept, "selected")) == Set(0..<200))
        #expect(dropped["num_kept"] as? Int == 140)
        // The hardest by the service's own order.
        let hardest = try service.curl("/v1/jobs/digits/scores?orderby=-issue_score&length=10&columns=issue_score")
            .json()
        let first = (hardest["rows"] as? [[String: Any]])?.compactMap { $0["row_idx"] as? Int } ?? []
        #expect(Set(rows(try subset(#"{"keep":10,"by":"issue_score"}"#), "selected")) == Set(first))
        let balanced = try subset(#"{"keep":0.5,"by":"consistency","balanced":true}"#)
        #expect(rows(balanced, "selected").count == 100)

        let csv = try service.curl("\(path).csv", "-d", #"{"keep":0.7,"by":"issue_score"}"#)
        let lines = csv.text.split(separator: "\r\n")
        #expect(lines.first == "row_idx,source,label,issue_score,selected,random" && lines.count == 201)
        #expect(lines.count { $0.contains(",true,") } == 140 && lines.count { $0.hasSuffix(",true") } == 140)

        for (body, place) in [
            ("{}", "/keep"), (#"{"keep":0.5}"#, "/by"), (#"{"keep":0.5,"drop":0.5,"by":"consistency"}"#, "/drop"),
            (#"{"keep":1.5,"by":"consistency"}"#, "/keep"), (#"{"keep":[0.5,0],"by":"consistency"}"#, "/keep/1"),
            (#"{"keep":200,"by":"consistency"}"#, "/keep"), (#"{"keep":0.5,"by":"group"}"#, "/by"),
            (#"{"keep":0.5,"by":"consistency_n"}"#, "/direction"),
            (#"{"keep":0.5,"by":"consistency","runs":3}"#, "/runs"),
            (#"{"keep":0.5,"by":"consistency","balance":true}"#, "did you mean"),
        ] {
            let wrong = try service.curl(path, "-d", body)
            #expect(wrong.status == 422 && wrong.text.contains(place), "\(body): \(wrong.status) \(wrong.text)")
        }
        #expect(try service.curl(path, "-d", #"{"keep":0.5,"by":"nothing"}"#).status == 404)
        #expect(try service.curl("\(path).csv", "-d", #"{"keep":[0.5,0.7],"by":"consistency"}"#).status == 422)
    }

    @Test func verificationRetrainsAndComparesOnUnseenExamples() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        #expect(try service.job("digits")["state"] as? String == "succeeded")
        func ask(runs: Int) throws -> Service.Answer {
            try service.curl(
                "/v1/jobs/digits/subsets",
                "-H",
                "Idempotency-Key: prune-1",
                "-d",
                #"{"keep":[0.8,0.5],"by":"issue_score","direction":"easiest","balanced":true,"verify":true,"runs":\#(runs)}"#
            )
        }
        let asked = try ask(runs: 2)
        #expect(asked.status == 202, "\(asked.text)")
        let answer = try asked.json()
        let id = try #require((answer["verification"] as? [String: Any])?["job"] as? String)
        // Sent again, it is the same job; another request needs another key.
        let again = try ask(runs: 2)
        #expect(again.status == 202 && again.headers.lowercased().contains("idempotency-replayed: true"))
        #expect(again.headers.contains("/v1/jobs/\(id)"))
        #expect(try again.json()["subsets"] as? NSArray == answer["subsets"] as? NSArray)
        let other = try ask(runs: 3)
        #expect(other.status == 422 && other.text.contains("IDEMPOTENCY_KEY_REUSED"), "\(other.text)")
        #expect(asked.headers.contains("/v1/jobs/\(id)"))
        let job = try service.job(id)
        #expect(job["state"] as? String == "succeeded", "\(job) \(service.log)")
        #expect(job["kind"] as? String == "pruning" && job["name"] as? String == "digits-pruning")
        #expect((job["members"] as? [String: Int])?["total"] == 10)
        let pruning = try #require(job["pruning"] as? [String: Any])
        #expect(pruning["num_kept"] as? [Int] == [160, 100])
        let found = try #require(pruning["results"] as? [String: Any])
        // 200 digits, a fifth held out in each run.
        #expect(found["evaluated_on"] as? String == "folds" && found["num_evaluated"] as? Double == 40)
        let sets = try #require(found["sets"] as? [[String: Any]])
        #expect(sets.compactMap { $0["set"] as? String } == ["full", "kept", "random", "kept", "random"])
        #expect(sets.compactMap { $0["num_train"] as? Double } == [160, 128, 128, 80, 80])
        for set in sets {
            #expect(
                (set["accuracies"] as? [Double])?.count == 2 && (set["interval"] as? [Double])?.count == 2,
                "\(set)"
            )
        }
        #expect((found["differences"] as? [[String: Any]])?.count == 6)

        let splits = try #require(try service.curl("/v1/jobs/\(id)/members").json()["members"] as? [[String: Any]])
        #expect((splits[3]["split"] as? [String: Any])?["set"] as? String == "kept")
        let none = try service.curl("/v1/jobs/\(id)/scores")
        #expect(none.status == 409 && none.text.contains("NOT_COMPUTED"), "\(none.text)")
        #expect(try service.curl("/v1/jobs/\(id)/extend", "-d", #"{"repeats":9}"#).status == 422)
        // The list of jobs shows it like any other.
        #expect((try service.curl("/v1/jobs").json()["jobs"] as? [Any])?.count == 2)
        // Without the job that chose, the sets cannot be told again; the verification stays.
        #expect(try service.curl("/v1/jobs/digits", "-X", "DELETE").status < 300)
        let late = try ask(runs: 2)
        #expect(late.status == 410 && late.text.contains(id), "\(late.text)")
        #expect(try service.curl("/v1/jobs/\(id)").status == 200)
    }
}
