import Arrays
import Foundation
import ProcessTesting
import Testing

/// Two jobs side by side, and results for other programs, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct ComparisonTests {
    @Test func jobsOfVersionsAreComparedBySource() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        let first = try #require(try service.job("digits")["id"] as? String)
        let same = try service.curl("/v1/compare?jobs=\(first),digits").json()
        for score in try #require(same["scores"] as? [[String: Any]]) {
            guard let rho = score["spearman"] as? Double else { continue }
            #expect(abs(rho - 1) < 1e-9, "\(score)")
        }

        let given = try #require(try service.curl("/v1/jobs/digits/examples/7").json()["label"] as? String)
        let other = given == "3" ? "4" : "3"
        let file = "\(service.folder)/labels.csv"
        let csv = "row_idx,label,exclude\n7,\(other),\n3,,true\n"
        try Data(csv.utf8).write(to: URL(fileURLWithPath: file))
        let version = try service.curl("/v1/datasets/digits/versions?name=fixed", "--data-binary", "@\(file)")
        #expect(version.status == 201, "\(version.text)")
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("fixed", epochs: 5))
        _ = try service.job("fixed")
        let compared = try service.curl("/v1/compare?jobs=\(first),fixed&length=3&movers=self_confidence")
        #expect(compared.status == 200, "\(compared.text)")
        let document = try compared.json()
        let examples = try #require(document["examples"] as? [String: Any])
        #expect(examples["compared"] as? Int == 199 && examples["matched_by"] as? String == "source")
        #expect(examples["only_first"] as? Int == 1 && examples["only_second"] as? Int == 0)
        let changes = try #require(document["changes"] as? [String: Any])
        let labels = try #require(changes["labels"] as? [String: Any])
        #expect(labels["changed"] as? Int == 1)
        let changed = try #require((labels["examples"] as? [[String: Any]])?.first)
        #expect(changed["row_idx"] as? [Int] == [7, 6] && changed["label"] as? [String] == [given, other])
        let settings = try #require(changes["settings"] as? [[String: Any]])
        #expect(settings.map { $0["pointer"] as? String } == ["/training/epochs"])
        #expect(settings.first?["values"] as? [Int] == [4, 5])
        let movers = try #require(document["movers"] as? [String: Any])
        #expect((movers["examples"] as? [[String: Any]])?.count == 3)
        let scores = try #require(document["scores"] as? [[String: Any]])
        let confidence = try #require(scores.first { $0["name"] as? String == "self_confidence" })
        #expect((confidence["spearman"] as? Double ?? 0) > 0.3)
        #expect((confidence["top_overlap"] as? [[String: Any]])?.map { $0["share"] as? Double } == [0.01, 0.05])

        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder, name: "others.npz"))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("others", epochs: 1))
        _ = try service.job("others")
        #expect(try service.curl("/v1/compare?jobs=digits,others").status == 422)
        #expect(try service.curl("/v1/compare?jobs=digits").status == 400)
        #expect(try service.curl("/v1/compare?jobs=digits,nobody").status == 404)
        #expect(try service.curl("/v1/compare?jobs=digits,fixed&columns=nothing").status == 404)
    }

    @Test func otherProgramsReadTheExports() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(20, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        _ = try service.job("digits")
        _ = try service.curl("/v1/jobs/digits/reviews/5", "-X", "PUT", "-d", #"{"decision":"keep"}"#)

        let lines = try service.curl("/v1/jobs/digits/export?format=cartography").text.split(separator: "\n")
        #expect(lines.count == 200)
        let line = try #require(
            try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
        )
        let names = [
            "guid", "index", "threshold_closeness", "confidence", "variability", "correctness", "forgetfulness",
        ]
        #expect(Set(line.keys) == Set(names))
        let confidence = try #require(line["confidence"] as? Double)
        #expect(abs((line["threshold_closeness"] as? Double ?? 0) - confidence * (1 - confidence)) < 1e-9)

        let archive = try NPZReader(bytes: service.curl("/v1/jobs/digits/export?format=cleanlab").body)
        let probabilities = try archive.array("pred_probs", as: Float.self)
        let labels = try archive.array("labels", as: Int64.self)
        let quality = try archive.array("label_quality", as: Float.self)
        #expect(probabilities.shape == [200, 10] && labels.shape == [200])
        // cleanlab's label quality is the held-out probability of the given label.
        for row in 0..<200 {
            #expect(abs(probabilities.values[row * 10 + Int(labels.values[row])] - quality.values[row]) < 1e-4)
        }
        let tasks = try JSONSerialization.jsonObject(
            with: Data(try service.curl("/v1/jobs/digits/export?format=label-studio").body)
        )
        let all = try #require(tasks as? [[String: Any]])
        #expect(all.count == 200)
        let image = (all[3]["data"] as? [String: Any])?["image"] as? String
        #expect(image?.hasPrefix("\(service.url)/v1/datasets/") == true, "\(image ?? "")")
        #expect(all.allSatisfy { ($0["predictions"] as? [[String: Any]])?.count == 1 })
        #expect(all.filter { ($0["annotations"] as? [Any])?.isEmpty == false }.count == 1)
        #expect(try service.curl("/v1/jobs/digits/export?format=csv").status == 400)
    }
}
