import Foundation
import Testing

/// Approximate neighbours are asked for by name, and told apart from exact ones.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ProjectedNeighborsTests {
    @Test func aJobTellsHowWellItsProjectedNeighboursVote() throws {
        let service = try Service()
        #expect(try service.curl("/v1/datasets/", "-T", Samples.digits(140, in: service.folder)).status == 201)
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
        let input2 = try #require(exact.first?["heldout"] as? Double)
        #expect(abs((input["heldout"] as? Double ?? 0) - input2) < 0.02)

        let wrong = try service.curl(
            "/v1/jobs",
            "-d",
            "{\"dataset\":\"digits\",\"probes\":{\"neighbors\":\"guessed\"}}"
        )
        #expect(wrong.status == 422)
        #expect(wrong.text.contains("/probes/neighbors") && wrong.text.contains("projected"))
    }
}
