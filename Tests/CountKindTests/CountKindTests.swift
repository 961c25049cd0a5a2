import Foundation
import ProcessTesting
import Testing

/// A kind of job that lives in this folder alone goes through queue, workers, kill -9, recovery, API and removal.
@Suite(.blocking, .timeLimit(.minutes(15))) struct CountKindTests {
    private func table(_ service: Service, _ name: String, _ labels: [String], _ more: String = "") throws -> String {
        let path = "\(service.folder)/\(name).csv"
        let rows = labels.enumerated().map { "\($0.offset),\($0.offset * 7 % 5),\($0.element)\n" }
        try ("a,b,label\n" + rows.joined()).write(toFile: path, atomically: true, encoding: .utf8)
        let answer = try service.curl("/v1/datasets/\(name).csv\(more)", "-T", path)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(try answer.json()["id"] as? String)
    }

    private func started() throws -> Service {
        let service = try Service(of: "count-plumbline")
        _ = try table(service, "left", ["x", "y", "x", "y", "x", "y", "y"])
        _ = try table(service, "right", ["x", "y", "x", "y", "z", "x", "x", "x"])
        return service
    }

    private func submit(_ service: Service, milliseconds: Int = 0, name: String = "c") throws -> Service.Answer {
        try service.curl(
            "/v1/jobs",
            "-d",
            """
            {"kind":"count","name":"\(name)","datasets":{"left":"left","right":"right"},"milliseconds":\(milliseconds)}
            """
        )
    }

    @Test func itRunsThroughTheWholeService() throws {
        let service = try started()
        let answer = try submit(service)
        #expect(answer.status == 202, "\(answer.text)")
        let job = try service.job("c")
        #expect(job["state"] as? String == "succeeded" && job["kind"] as? String == "count", "\(job)")
        #expect(job["counts"] as? [String: [Int]] == ["left": [3, 4], "right": [5, 2, 1]])
        let datasets = try #require(job["datasets"] as? [String: [String: Any]])
        #expect(datasets["right"]?["num_examples"] as? Int == 8)
        #expect((job["dataset"] as? [String: Any])?["name"] as? String == "left")
        // Lists, members, events, and what only other kinds have.
        let listed = try service.curl("/v1/jobs?dataset=right").json()["jobs"] as? [[String: Any]]
        #expect(listed?.count == 1)
        let members = try service.curl("/v1/jobs/c/members").json()["members"] as? [[String: Any]]
        #expect(members?.map { ($0["result"] as? [String: Int])?["examples"] } == [7, 8])
        #expect(try service.curl("/v1/jobs/c/events.txt").text.contains("2/2 counts"))
        let scores = try service.curl("/v1/jobs/c/scores")
        #expect(scores.status == 409 && scores.text.contains("is of kind count and has no scores"))
        #expect(try service.curl("/v1/jobs/c/extend", "-d", #"{"repeats":3}"#).status == 422)
        let archive = try service.curl("/v1/jobs/c/members/0/evidence.npz")
        #expect(archive.status == 200 && archive.body.starts(with: Array("PK".utf8)))
        // The same counts are not made again.
        _ = try submit(service, name: "again")
        #expect((try service.job("again")["members"] as? [String: Int])?["reused"] == 2)
        // A dataset in any role is in use.
        #expect(try service.curl("/v1/datasets/right", "-X", "DELETE").status == 409)
        #expect(try service.curl("/v1/jobs/c", "-X", "DELETE").status == 204)
        #expect(try service.curl("/v1/jobs/again", "-X", "DELETE").status == 204)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(service.folder)/data/members").isEmpty)
        #expect(try service.curl("/v1/datasets/right", "-X", "DELETE").status == 204)
    }

    @Test func killNineIsForgotten() throws {
        let service = try started()
        #expect(try submit(service, milliseconds: 1_500).status == 202)
        _ = try service.job("c") { ($0["members"] as? [String: Int])?["running"] == 2 }
        service.kill()
        try service.start()
        let job = try service.job("c")
        #expect(job["state"] as? String == "succeeded", "\(job)")
        #expect(job["counts"] as? [String: [Int]] == ["left": [3, 4], "right": [5, 2, 1]])
        let members = try service.curl("/v1/jobs/c/members").json()["members"] as? [[String: Any]]
        #expect(members?.allSatisfy { $0["attempt"] as? Int == 2 } == true)
    }

    @Test func whatIsWrongIsSaid() throws {
        let service = try started()
        let missing = try service.curl("/v1/jobs", "-d", #"{"kind":"count","datasets":{"left":"left"}}"#)
        #expect(missing.status == 422 && missing.text.contains("/datasets/right"), "\(missing.text)")
        let unknown = try service.curl("/v1/jobs", "-d", #"{"kind":"weigh","dataset":"left"}"#)
        #expect(unknown.status == 422 && unknown.text.contains(#"\"count\""#), "\(unknown.text)")
        _ = try table(service, "bare", ["", "", ""], "?task=none")
        let bare = try service.curl("/v1/jobs", "-d", #"{"kind":"count","datasets":{"left":"left","right":"bare"}}"#)
        #expect(bare.status == 422 && bare.text.contains("it has no labels to count"), "\(bare.text)")
    }

    /// The data folder of this program is opened by one that does not know the kind: its jobs are shown, not run.
    @Test func aProgramThatDoesNotKnowItShowsIt() throws {
        let service = try started()
        _ = try submit(service)
        _ = try service.job("c")
        _ = try submit(service, milliseconds: 60_000, name: "unfinished")
        service.kill()
        let other = try Service()
        other.kill()
        try FileManager.default.removeItem(atPath: "\(other.folder)/data")
        try FileManager.default.copyItem(atPath: "\(service.folder)/data", toPath: "\(other.folder)/data")
        try other.start()
        let job = try other.curl("/v1/jobs/c").json()
        #expect(job["state"] as? String == "succeeded" && job["kind"] as? String == "count")
        let failed = try other.job("unfinished")
        #expect((failed["error"] as? [String: Any])?["error_code"] as? String == "UNKNOWN_KIND", "\(failed)")
    }
}
