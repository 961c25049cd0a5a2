import Foundation
import ProcessTesting
import Testing

/// Influence between two examples that stand alone, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct InfluenceJobTests {
    /// Two clouds on grids, and two points behind the first that are labelled like the second: a network gets one of them
    /// right only if it was trained on the other.
    private static let table: String = {
        var lines = ["x,y,label"]
        for place in 0..<20 {
            let (x, y) = (Double(place % 5) * 0.3, Double(place / 5) * 0.3)
            lines.append("\(x),\(y),near")
            lines.append("\(4 + x),\(4 + y),far")
        }
        return (lines + ["-6,-6,far", "-6.1,-6,far"]).joined(separator: "\n") + "\n"
    }()

    @Test func anExampleThatOnlyItsTwinExplainsNamesIt() throws {
        let service = try Service()
        let file = "\(service.folder)/twins.csv"
        try Data(Self.table.utf8).write(to: URL(fileURLWithPath: file))
        #expect(try service.curl("/v1/datasets/", "-T", file).status == 201)
        let job = """
            {"dataset":"twins","model":{"name":"mlp","hidden":[32]},"training":{"epochs":60,"batch_size":8},\
            "ensemble":{"plan":"subsets","ratios":[0.7],"runs":200},"probes":{"k":3}}
            """
        #expect(try service.curl("/v1/jobs", "-d", job).status == 202)
        let ended = try service.job("twins")
        #expect(ended["state"] as? String == "succeeded", "\(ended) \(service.log)")
        let example = try service.curl("/v1/jobs/twins/examples/40").json()
        #expect(example["influence_needs"] is NSNull)
        let influence = try #require(example["influence"] as? [[String: Any]])
        let first = try #require(influence.first)
        #expect(first["row_idx"] as? Int == 41 && first["label"] as? String == "far", "\(influence)")
        #expect((first["value"] as? Double ?? 0) > 0.5 && first["significant"] as? Bool == true, "\(first)")
        #expect((1...20).contains(influence.count))
        let summary = try #require(try service.curl("/v1/jobs/twins/summary").json()["influence"] as? [String: Any])
        #expect(summary["pairs"] as? Int == 42 * 42 && summary["needs"] is NSNull)
        // In the middle of a cloud no single example matters.
        let easy = try service.curl("/v1/jobs/twins/examples/12").json()
        let flags = (easy["influence"] as? [[String: Any]])?.compactMap { $0["significant"] as? Bool }
        #expect(flags?.contains(true) == false)
    }
}
