import Foundation
import ProcessTesting
import Testing

/// What a job may ask for beyond the defaults of probes and scores.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct JobOptionsTests {
    private func service(perClass: Int) throws -> Service {
        let service = try Service()
        #expect(try service.curl("/v1/datasets/", "-T", Samples.digits(perClass, in: service.folder)).status == 201)
        return service
    }

    @Test func aJobTellsHowWellItsProjectedNeighboursVote() throws {
        let service = try service(perClass: 140)
        func summary(_ neighbors: String) throws -> [String: Any] {
            let spec = """
                {"dataset":"digits","name":"\(neighbors)","model":{"name":"mlp","hidden":[24]},"training":{"epochs":3},
                 "ensemble":{"folds":4,"repeats":1},"probes":{"k":10,"neighbors":"\(neighbors)"}}
                """
            #expect(try service.curl("/v1/jobs", "-d", spec).status == 202)
            let job = try service.job(neighbors)
            #expect(job["state"] as? String == "succeeded", "\(job)")
            #expect((job["probes"] as? [String: Any])?["neighbors"] as? String == neighbors)
            return try service.curl("/v1/jobs/\(neighbors)/summary").json()
        }
        let probes = try #require(try summary("projected")["probe_accuracy"] as? [[String: Any]])
        let input = try #require(probes.first)
        let votes = try #require(input["projected_votes"] as? Double)
        let neighbors = try #require(input["projected_neighbors"] as? Double)
        #expect(votes > 0.9 && votes <= 1)
        #expect(neighbors > 0.8 && neighbors < 1)
        // 24 columns are searched exactly whatever is asked for: there is nothing to gain.
        #expect(probes.last?["projected_votes"] is NSNull)

        let exact = try #require(try summary("exact")["probe_accuracy"] as? [[String: Any]])
        #expect(exact.allSatisfy { $0["projected_votes"] is NSNull })
        let accuracy = (try #require(input["heldout"] as? Double), try #require(exact.first?["heldout"] as? Double))
        #expect(abs(accuracy.0 - accuracy.1) < 0.02)

        let wrong = try service.curl(
            "/v1/jobs",
            "-d",
            "{\"dataset\":\"digits\",\"probes\":{\"neighbors\":\"guessed\"}}"
        )
        #expect(wrong.status == 422)
        let fault = (try wrong.json()["errors"] as? [[String: String]])?.first
        #expect(fault?["pointer"] == "/probes/neighbors")
        #expect(fault?["detail"] == "expected one of \"exact\", \"projected\", got \"guessed\"")
    }

    /// What comes from training alone is there without probes; what rests on votes says what it lacks.
    @Test func aJobDoesWithoutProbes() throws {
        let service = try service(perClass: 20)
        let spec = """
            {"dataset":"digits","name":"bare","model":{"name":"mlp","hidden":[24]},"training":{"epochs":3},
             "ensemble":{"folds":4,"repeats":2},"probes":{"k":0}}
            """
        #expect(try service.curl("/v1/jobs", "-d", spec).status == 202)
        let job = try service.job("bare")
        #expect(job["state"] as? String == "succeeded", "\(job)")
        let summary = try service.curl("/v1/jobs/bare/summary").json()
        #expect((summary["probe_accuracy"] as? [Any])?.isEmpty == true)
        let missing = try #require(summary["not_computed"] as? [[String: Any]])
        let details = Dictionary(
            uniqueKeysWithValues: missing.map { ($0["score"] as? String, $0["detail"] as? String) }
        )
        for score in ["prediction_depth_heldout", "input_knn"] {
            #expect(
                details[score] == "It comes from the probes, which this job was to do without: \"probes\":{\"k\":0}."
            )
        }
        let page = "/v1/jobs/bare/scores?columns=issue_score,aum&orderby=-issue_score&length=3"
        #expect((try service.curl(page).json()["rows"] as? [Any])?.count == 3)
        #expect(try service.curl("/v1/jobs/bare/scores?orderby=input_knn").status == 409)
        #expect(try service.curl("/v1/jobs/bare/examples/0").status == 200)
        #expect(try service.curl("/v1/jobs/bare/issues").status == 200)
        #expect(try service.curl("/v1/jobs/bare/report.html").status == 200)

        for (wish, pointer) in [
            (#""probes":{"k":0,"neighbors":"projected"}"#, "/probes/neighbors"),
            (
                #""probes":{"k":0},"ensemble":{"until":{"score":"prediction_depth_heldout","reliability":0.9}}"#,
                "/ensemble/until/score"
            ),
        ] {
            let wrong = try service.curl("/v1/jobs", "-d", #"{"dataset":"digits",\#(wish)}"#)
            #expect(wrong.status == 422)
            #expect((try wrong.json()["errors"] as? [[String: String]])?.map { $0["pointer"] } == [pointer])
        }
    }

    /// Other conventions give other columns from the same networks.
    @Test func otherConventionsReuseTheNetworks() throws {
        let service = try service(perClass: 20)
        func job(_ name: String, _ scores: String) throws -> [String: Any] {
            let spec = """
                {"dataset":"digits","name":"\(name)","model":{"name":"mlp","hidden":[24]},"training":{"epochs":3},
                 "ensemble":{"folds":4,"repeats":1},"probes":{"k":10},"scores":\(scores)}
                """
            #expect(try service.curl("/v1/jobs", "-d", spec).status == 202)
            return try service.job(name)
        }
        let early = try job("early", "{\"el2n_at\":1}")
        let late = try job("late", "{\"el2n_at\":3,\"group_high\":0.75,\"group_cuts\":\"quartiles\"}")
        #expect((late["members"] as? [String: Int])?["reused"] == 4)
        #expect((early["scores"] as? [String: Any])?["group_high"] as? Double == 0.5)
        #expect((late["scores"] as? [String: Any])?["el2n_at"] as? Int == 3)
        #expect((early["scores"] as? [String: Any])?["group_cuts"] as? String == "fixed")
        #expect((late["scores"] as? [String: Any])?["group_cuts"] as? String == "quartiles")
        let cuts = try service.curl("/v1/jobs/late/summary").json()["group_cuts"] as? [String: Any]
        let axes = try ["heldout", "train"].map { try #require(cuts?[$0] as? [String: Double]) }
        // The quartiles, or where they do not divide the depths of four small networks, what was fixed.
        #expect(cuts?["rule"] as? String == "quartiles" || axes.allSatisfy { $0 == ["low": 0.25, "high": 0.75] })
        let columns = try ["early", "late"].map { try service.curl("/v1/jobs/\($0)/columns/el2n.npy").body }
        #expect(columns[0].count == columns[1].count && columns[0] != columns[1])
        let wrong = try service.curl(
            "/v1/jobs",
            "-d",
            "{\"dataset\":\"digits\",\"scores\":{\"el2n_at\":99,\"group_low\":0.9}}"
        )
        #expect(
            wrong.status == 422 && wrong.text.contains("/scores/el2n_at") && wrong.text.contains("/scores/group_low")
        )
    }

    @Test func inputMarginsAreThereIfAskedFor() throws {
        let service = try service(perClass: 100)
        let spec = """
            {"dataset":"digits","name":"margins","model":{"name":"mlp","hidden":[24]},"training":{"epochs":3},
             "ensemble":{"folds":4,"repeats":1},"probes":{"k":10,"input_margin":"runner_up"}}
            """
        #expect(try service.curl("/v1/jobs", "-d", spec).status == 202)
        let job = try service.job("margins")
        #expect((job["not_computed"] as? [Any])?.isEmpty == true, "\(job)")
        let page = try service.curl("/v1/jobs/margins/scores?columns=input_margin,output_margin&length=1000").json()
        let cells = (page["rows"] as? [[String: Any]] ?? []).compactMap { $0["row"] as? [String: Any] }
        let pairs = cells.compactMap { cell in
            (cell["input_margin"] as? Double).flatMap { input in
                (cell["output_margin"] as? Double).map { (input, $0) }
            }
        }
        #expect(pairs.count == 1_000)
        #expect(pairs.allSatisfy { $0.0 > 0 })
        // Who is sure is far from the boundary.
        let sorted = pairs.sorted { $0.1 < $1.1 }.map(\.0)
        #expect(sorted.prefix(200).reduce(0, +) < sorted.suffix(200).reduce(0, +))
        let plain = spec.replacing("margins", with: "plain").replacing(",\"input_margin\":\"runner_up\"", with: "")
        #expect(try service.curl("/v1/jobs", "-d", plain).status == 202)
        let missing = try service.job("plain")["not_computed"] as? [[String: Any]]
        #expect(missing?.compactMap { $0["score"] as? String } == ["input_margin"])
        let absent = try service.curl("/v1/jobs/plain/scores?orderby=input_margin")
        #expect(absent.status == 409 && absent.text.contains("NOT_COMPUTED"))
    }
}
