import Foundation
import ProcessTesting
import Testing

/// `"plan":"threshold_samples"`: wrong labels of the file itself, found by two networks of a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct ThresholdSamplesTests {
    /// Each tenth label of the file is wrong.
    private static func isFlipped(_ row: Int) -> Bool { row % 10 == 4 }

    private static func job(_ rest: String = "") -> String {
        """
        {"dataset":"blobs","model":{"name":"mlp","hidden":[32]},"training":{"epochs":20,"batch_size":16,"seed":5},\
        "ensemble":{"plan":"threshold_samples"}\(rest)}
        """
    }

    private func service() throws -> Service {
        let service = try Service()
        let path = try PlantTests.blobs(in: service.folder) { row in
            Int64((row + (Self.isFlipped(row) ? 1 + row / 10 % 2 : 0)) % 3)
        }
        _ = try service.curl("/v1/datasets/", "-T", path)
        return service
    }

    @Test func wrongLabelsAreFlaggedAndOthersAreNot() throws {
        let service = try service()
        let answer = try service.curl("/v1/jobs", "-d", Self.job())
        #expect(answer.status == 202, "\(answer.text)")
        let job = try service.job("blobs")
        #expect(job["state"] as? String == "succeeded", "\(job) \(service.log.suffix(2_000))")
        let ensemble = try #require(job["ensemble"] as? [String: Any])
        #expect(ensemble["plan"] as? String == "threshold_samples" && ensemble["runs"] as? Int == 2)
        #expect((job["trust"] as? [String: Any])?["fit"] is NSNull)

        let page = try service.curl("/v1/jobs/blobs/scores?columns=aum,aum_n,aum_flagged&length=1000").json()
        let flags = try #require(page["rows"] as? [[String: Any]]).map { row in
            try #require((row["row"] as? [String: Any])?["aum_flagged"] as? Double)
        }
        #expect(flags.count == 300)
        let (wrong, right) = (flags.indices.filter(Self.isFlipped), flags.indices.filter { !Self.isFlipped($0) })
        let found = Double(wrong.count { flags[$0] == 1 }) / Double(wrong.count)
        let mistaken = Double(right.count { flags[$0] == 1 }) / Double(right.count)
        #expect(found >= 0.8 && mistaken <= 0.1, "of the flips \(found), of the others \(mistaken) are flagged")

        let summary = try service.curl("/v1/jobs/blobs/summary").json()
        let told = try #require(summary["threshold_samples"] as? [String: Any])
        let runs = try #require(told["runs"] as? [[String: Any]])
        // 300 / 4.
        #expect(runs.map { $0["samples"] as? Int } == [75, 75])
        #expect(runs.allSatisfy { $0["threshold"] is Double })
        #expect(told["judged"] as? Int == 300 && told["flagged"] as? Int == flags.count { $0 == 1 })
        try others(service)
    }

    /// What such a job does not tell it does not invent.
    private func others(_ service: Service) throws {
        let filtered = try service.curl("/v1/jobs/blobs/scores?where=aum_flagged=1&orderby=aum&columns=aum")
        #expect(filtered.status == 200, "\(filtered.text)")
        let absent = try service.curl("/v1/jobs/blobs/scores?columns=consistency")
        #expect(absent.status == 409 && absent.text.contains("NOT_COMPUTED"))
        let members = try service.curl("/v1/jobs/blobs/members").json()["members"] as? [[String: Any]]
        #expect(members?.map { ($0["split"] as? [String: Int])?["run"] } == [0, 1])
        let example = try service.curl("/v1/jobs/blobs/examples/4").json()
        #expect((example["why"] as? String)?.contains("a class that does not exist") == true, "\(example)")
        let report = try service.curl("/v1/jobs/blobs/report.html")
        #expect(report.status == 200 && report.text.contains("a class that does not exist"))
        let extended = try service.curl("/v1/jobs/blobs/extend", "-d", #"{"runs":3}"#)
        #expect(extended.status == 422 && extended.text.contains("/runs"), "\(extended.text)")
        #expect(try service.curl("/v1/jobs", "-d", Self.job(#","name":"again""#)).status == 202)
        let again = try service.job("again")
        #expect((again["members"] as? [String: Int])?["reused"] == 2)
    }

    @Test func wrongSettingsAreRefusedAndADryRunIsAnswered() throws {
        let service = try service()
        for (rest, pointer) in [
            (#","plant":true"#, "/plant"),
            (#","probes":{"k":5}"#, "/probes/k"),
            (#","ensemble":{"plan":"threshold_samples","repeats":2}"#, "/ensemble/repeats"),
            (#","ensemble":{"plan":"threshold"}"#, "/ensemble/plan"),
        ] {
            let spec = rest.contains("ensemble") ? #"{"dataset":"blobs"\#(rest)}"# : Self.job(rest)
            let answer = try service.curl("/v1/jobs", "-d", spec)
            #expect(answer.status == 422 && answer.text.contains("\"\(pointer)\""), "\(answer.text)")
        }
        let dry = try service.curl("/v1/jobs", "-d", Self.job(#","dry_run":true"#))
        #expect(dry.status == 200, "\(dry.text)")
        let cost = try #require(dry.json()["cost"] as? [String: Any])
        let seconds = try #require(cost["seconds_per_member"] as? [String: Double])
        #expect(seconds["probes"] == 0 && (seconds["training"] ?? 0) > 0)
    }
}
