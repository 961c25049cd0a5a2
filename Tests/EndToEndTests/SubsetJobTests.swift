import Foundation
import ProcessTesting
import Testing

/// Random subsets at several train ratios, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct SubsetJobTests {
    private static func job(_ ensemble: String, name: String = "profile") -> String {
        """
        {"dataset":"digits","name":"\(name)","model":{"name":"mlp","hidden":[64]},\
        "training":{"epochs":6,"batch_size":16},"ensemble":\(ensemble),"probes":{"k":5}}
        """
    }

    @Test func aJobOfSubsetsGivesTheProfileAndIsExtended() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        let asked = try service.curl("/v1/jobs", "-d", Self.job(#"{"plan":"subsets","ratios":[0.7,0.3],"runs":4}"#))
        #expect(asked.status == 202, "\(asked.text)")
        let job = try service.job("profile")
        #expect(job["state"] as? String == "succeeded", "\(job) \(service.log)")
        let ensemble = try #require(job["ensemble"] as? [String: Any])
        #expect(ensemble["ratios"] as? [Double] == [0.3, 0.7] && ensemble["runs"] as? Int == 4)
        #expect(ensemble["folds"] == nil)

        let list = try #require(try service.curl("/v1/jobs/profile/members").json()["members"] as? [[String: Any]])
        let splits = list.compactMap { $0["split"] as? [String: Double] }
        #expect(
            splits.prefix(3) == [
                ["run": 0, "train_ratio": 0.3], ["run": 0, "train_ratio": 0.7], ["run": 1, "train_ratio": 0.3],
            ]
        )

        let path =
            "/v1/jobs/profile/scores?columns=c_score,c_score_n,consistency_at_30_n,consistency_at_70&where=c_score>=0&length=200"
        let rows = try #require(try service.curl(path).json()["rows"] as? [[String: Any]])
        // Four runs at 0.3 hold 2.8 of 4 out, at 0.7 at least once.
        #expect(rows.count == 200)
        for row in rows {
            let cells = try #require(row["row"] as? [String: Any])
            let (n, few) = (cells["c_score_n"] as? Double ?? 0, cells["consistency_at_30_n"] as? Double ?? 0)
            #expect((2...3).contains(few) && (1...2).contains(n - few), "\(cells)")
        }
        let example = try service.curl("/v1/jobs/profile/examples/3").json()
        let profile = try #require(example["consistency_profile"] as? [[String: Any]])
        #expect(profile.compactMap { $0["train_ratio"] as? Double } == [0.3, 0.7])
        #expect(profile.allSatisfy { ($0["interval"] as? [Double])?.count == 2 })
        #expect(example["influence"] is NSNull)
        #expect((example["influence_needs"] as? String)?.contains("a single train ratio") == true)
        let summary = try service.curl("/v1/jobs/profile/summary").json()
        let ratios = try #require(summary["accuracy_by_train_ratio"] as? [[String: Any]])
        #expect(ratios.compactMap { $0["members"] as? Int } == [4, 4])

        let more = try service.curl("/v1/jobs/profile/extend", "-d", #"{"runs":5}"#)
        #expect(more.status == 202, "\(more.text)")
        let next = try service.job(try #require(try more.json()["id"] as? String))
        #expect(
            (next["members"] as? [String: Int])?["reused"] == 8 && (next["members"] as? [String: Int])?["total"] == 10
        )
        // Another selection of ratios finds the same networks.
        _ = try service.curl("/v1/jobs", "-d", Self.job(#"{"plan":"subsets","ratios":[0.7],"runs":5}"#, name: "one"))
        #expect((try service.job("one")["members"] as? [String: Int])?["reused"] == 5)
        let wrong = try service.curl("/v1/jobs/one/extend", "-d", #"{"repeats":9}"#)
        #expect(wrong.status == 422 && wrong.text.contains("runs"), "\(wrong.text)")
        let few = try service.curl("/v1/jobs/one/extend", "-d", #"{"runs":5}"#)
        #expect(few.status == 422 && few.text.contains("/runs"), "\(few.text)")

        let missing = try service.curl("/v1/jobs/one/columns/consistency_at_30")
        #expect(missing.status == 409 && missing.text.contains("the train ratios 0.7 only"), "\(missing.text)")
    }

    @Test func aJobOfFoldsSaysWhatTheProfileNeeds() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        let job = try service.job("digits")
        #expect(job["state"] as? String == "succeeded", "\(job)")
        for name in ["c_score", "consistency_at_70"] {
            let answer = try service.curl("/v1/jobs/digits/columns/\(name)")
            #expect(answer.status == 409 && answer.text.contains("NOT_COMPUTED"), "\(answer.text)")
            #expect(answer.text.contains("subsets"), "\(answer.text)")
        }
        #expect(try service.curl("/v1/jobs/digits/columns/consistency_at_0").status == 404)
        let example = try service.curl("/v1/jobs/digits/examples/3").json()
        #expect(example["consistency_profile"] is NSNull && example["influence"] is NSNull)
        #expect((example["influence_needs"] as? String)?.contains("needs random subsets") == true)
        let wrong = try service.curl("/v1/jobs", "-d", #"{"dataset":"digits","ensemble":{"plan":"subset"}}"#)
        #expect(wrong.status == 422 && wrong.text.contains("/ensemble/plan"), "\(wrong.text)")
        let ratios = try service.curl(
            "/v1/jobs",
            "-d",
            #"{"dataset":"digits","ensemble":{"plan":"subsets","ratios":0.7}}"#
        )
        #expect(ratios.status == 422 && ratios.text.contains("an array of numbers"), "\(ratios.text)")
        let dry = try service.curl(
            "/v1/jobs",
            "-d",
            #"{"dataset":"digits","dry_run":true,"model":{"name":"mlp","hidden":[64]},"ensemble":{"plan":"subsets","ratios":[0.5]}}"#
        )
        #expect(dry.status == 200, "\(dry.text)")
        #expect((try dry.json()["members"] as? [String: Int])?["to_train"] == 10)
    }
}
