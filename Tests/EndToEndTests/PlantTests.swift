import Arrays
import Foundation
import ProcessTesting
import Testing

/// `plant`: a job that measures its scores by wrong labels of its own, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct PlantTests {
    /// 300 points of three classes, well apart: labels that are wrong show.
    ///
    /// - Parameter label: what each row is labelled; its own class, row mod 3, unless said otherwise
    static func blobs(in folder: String, label: (Int) -> Int64 = { Int64($0 % 3) }) throws -> String {
        var bytes: [UInt8] = []
        var archive = NPZWriter { bytes.append(contentsOf: $0) }
        var state: UInt64 = 7
        func uniform() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24)
        }
        let centres: [[Float]] = [[0, 0], [6, 0], [0, 6]]
        var x: [Float] = []
        for row in 0..<300 {
            for centre in centres[row % 3] { x.append(centre + 2 * (uniform() + uniform() - 1)) }
        }
        try archive.add("x", NDArray(shape: [300, 2], values: x))
        try archive.add("y", NDArray(shape: [300], values: (0..<300).map(label)))
        try archive.finish()
        let path = "\(folder)/blobs.npz"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static func job(_ plant: String) -> String {
        """
        {"dataset":"blobs","model":{"name":"mlp","hidden":[32]},"training":{"epochs":20,"batch_size":16},\
        "ensemble":{"folds":4,"repeats":2},"probes":{"k":5}\(plant)}
        """
    }

    @Test func plantedLabelsAreFoundAndAreNoFindings() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Self.blobs(in: service.folder))
        let answer = try service.curl("/v1/jobs", "-d", Self.job(#","plant":{"fraction":0.1}"#))
        #expect(answer.status == 202, "\(answer.text)")
        let job = try service.job("blobs")
        #expect(job["state"] as? String == "succeeded", "\(job) \(service.log.suffix(2_000))")
        let plant = try #require(job["plant"] as? [String: Any])
        #expect(plant["kind"] as? String == "uniform" && plant["labels"] as? Int == 30)
        #expect(plant["fraction"] as? Double == 0.1)

        let rows = try rows(service, "planted=1")
        #expect(rows.count == 30)
        for (index, row) in rows {
            #expect(row["label"] as? String == "\(index % 3)", "the user's own label")
            #expect(row["suggested_label"] is NSNull && row["issue_type"] is NSNull)
            #expect(row["issue_score"] is Double)
        }
        try findings(service, planted: Set(rows.map(\.0)))
        try calibration(service)
        try page(service)
    }

    private func rows(_ service: Service, _ filter: String) throws -> [(Int, [String: Any])] {
        let page = try service.curl("/v1/jobs/blobs/scores?where=\(filter)&columns=*&length=1000").json()
        return try #require(page["rows"] as? [[String: Any]]).map { row in
            (try #require(row["row_idx"] as? Int), try #require(row["row"] as? [String: Any]))
        }
    }

    private func findings(_ service: Service, planted: Set<Int>) throws {
        let issues = try #require(
            try service.curl("/v1/jobs/blobs/issues?length=1000").json()["issues"] as? [[String: Any]]
        )
        #expect(issues.allSatisfy { !planted.contains($0["row_idx"] as? Int ?? -1) })
        let lines = try service.curl("/v1/jobs/blobs/issues.csv").text.split(separator: "\r\n").dropFirst()
        #expect(lines.allSatisfy { !planted.contains(Int($0.split(separator: ",")[1]) ?? -1) })
        let labels = try service.curl("/v1/jobs/blobs/labels.csv").text.split(separator: "\r\n").dropFirst()
        for line in labels {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            #expect(cells[2] == "\((Int(cells[0]) ?? 0) % 3)")
        }
        let tasks = try JSONSerialization.jsonObject(
            with: Data(service.curl("/v1/jobs/blobs/export?format=label-studio").body)
        )
        for task in try #require(tasks as? [[String: Any]]) {
            let data = try #require(task["data"] as? [String: Any])
            let row = try #require(data["row_idx"] as? Int)
            guard planted.contains(row) else { continue }
            #expect(data["issue_score"] is NSNull && data["issue_type"] is NSNull)
            #expect(String(describing: task["predictions"]).contains("\(row % 3)"))
        }
        let archive = try NPZReader(bytes: service.curl("/v1/jobs/blobs/export?format=cleanlab").body)
        let quality = try archive.array("label_quality", as: Float.self).values
        let flags = try archive.array("is_label_issue", as: UInt8.self).values
        #expect(planted.allSatisfy { quality[$0].isNaN && flags[$0] == 0 })
        let maps = try service.curl("/v1/jobs/blobs/export?format=cartography").text.split(separator: "\n")
        #expect(maps.count == 270)
        let row = try #require(planted.first)
        let example = try service.curl("/v1/jobs/blobs/examples/\(row)").json()
        #expect(example["planted"] as? Bool == true && example["label"] as? String == "\(row % 3)")
        #expect((example["why"] as? String)?.hasPrefix("This job planted the label ") == true)
    }

    private func calibration(_ service: Service) throws {
        let summary = try service.curl("/v1/jobs/blobs/summary").json()
        let calibration = try #require(summary["calibration"] as? [String: Any])
        #expect(calibration["planted"] as? Int == 30 && calibration["planted_checking"] as? Int == 15)
        let scores = try #require(calibration["scores"] as? [[String: Any]])
        for name in ["issue_score", "cumulative_binary_loss", "aum"] {
            let score = try #require(scores.first { $0["score"] as? String == name })
            #expect((score["auroc"] as? Double ?? 0) > 0.9, "\(score)")
            #expect((score["average_precision"] as? Double ?? 0) > 0.8, "\(score)")
        }
        #expect(scores.contains { $0["score"] as? String == "input_knn" && $0["is_baseline"] as? Bool == true })
        let chosen = try #require(calibration["chosen"] as? [String: Any])
        #expect(chosen["score"] as? String != "input_knn")
        let rate = try #require((chosen["true_positive_rate"] as? [String: Any])?["value"] as? Double)
        #expect(rate > 0.7)
        // The networks are judged by the user's labels, of which none is wrong.
        let accuracy = try #require((summary["accuracy"] as? [String: Any])?["heldout"] as? Double)
        #expect(accuracy > 0.97)
    }

    private func page(_ service: Service) throws {
        #expect(try service.curl("/app/calibration.js").status == 200)
    }
}
