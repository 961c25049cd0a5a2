import Foundation
import ProcessTesting
import Testing

/// There are scores of every example when the networks of the first round are half trained, and the scores in the end are
/// those of networks that nobody interrupted.
@Suite(.blocking, .serialized, .timeLimit(.minutes(10))) struct PreviewTests {
    /// Networks that train for some seconds.
    private static let job = """
        {"dataset":"digits","model":"cnn","training":{"epochs":EPOCHS},\
        "ensemble":{"folds":2,"repeats":1},"probes":{"k":5}}
        """

    /// Epochs of which a half takes at least two seconds here, since shorter runs leave no preview.
    private func epochs(_ service: Service) throws -> Int {
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(100, in: service.folder))
        let timed = try service.curl("/v1/jobs", "-d", Self.job.replacing("EPOCHS", with: "2")).json()
        let id = try #require(timed["id"] as? String)
        #expect(try service.job(id)["state"] as? String == "succeeded")
        let members = try #require(try service.curl("/v1/jobs/\(id)/members").json()["members"] as? [[String: Any]])
        let seconds = members.compactMap { ($0["seconds"] as? [String: Double])?["train"] }
        #expect(seconds.count == 2)
        return 2 * Int((4.6 / max(0.05, seconds.min() ?? 1)).rounded(.up))
    }

    @Test func aFirstLookAndTheSameScores() throws {
        let service = try Service(["--slots", "1"])
        let job = Self.job.replacing("EPOCHS", with: "\(try epochs(service))")
        let id = try #require(try service.curl("/v1/jobs", "-d", job).json()["id"] as? String)
        let first = try service.job(id) { ($0["revision"] as? Int ?? 0) > 0 }
        #expect((first["members"] as? [String: Int])?["succeeded"] == 0, "\(first)")
        #expect(first["partial"] as? Bool == true)
        let warnings = try #require(first["warnings"] as? [[String: String]])
        #expect(warnings.first?["code"] == "preview", "\(warnings)")
        let trust = try #require(first["trust"] as? [String: Any])
        #expect(trust["level"] as? String != "good")
        // Every example has an opinion of a network that did not see it; nothing is counted, and there is no depth.
        let scores = try #require(
            try service.curl("/v1/jobs/\(id)/scores?length=1000&columns=consistency").json()["rows"]
                as? [[String: Any]]
        )
        #expect(
            scores.count == 1000 && scores.allSatisfy { ($0["row"] as? [String: Any])?["consistency"] is Double },
            "\(scores.first ?? [:])"
        )
        let issues = try service.curl("/v1/jobs/\(id)/issues").json()
        #expect(issues["estimated_label_errors"] is NSNull, "\(issues)")
        let missing = try #require(first["not_computed"] as? [[String: Any]])
        #expect(missing.contains { ($0["detail"] as? String)?.contains("trained to the end") == true }, "\(missing)")

        let whole = try service.job(id)
        #expect(whole["state"] as? String == "succeeded", "\(service.log.suffix(2_000))")
        #expect((whole["warnings"] as? [[String: String]])?.contains { $0["code"] == "preview" } == false)
        let members = try #require(try service.curl("/v1/jobs/\(id)/members").json()["members"] as? [[String: Any]])
        #expect(members.compactMap { $0["attempt"] as? Int } == [2, 1], "the first one made way")
        #expect(!service.log.contains("a member is tried again"))
        let interrupted = try service.curl("/v1/jobs/\(id)/scores.csv").text

        // The same where all of them run at once and nobody makes way.
        let other = try Service(["--slots", "2"])
        _ = try other.curl("/v1/datasets/", "-T", try Samples.digits(100, in: other.folder))
        let again = try #require(try other.curl("/v1/jobs", "-d", job).json()["id"] as? String)
        #expect(try other.job(again)["state"] as? String == "succeeded")
        #expect(try other.curl("/v1/jobs/\(again)/scores.csv").text == interrupted)
    }
}
