import Arrays
import Foundation
import ProcessTesting
import Testing

/// One job from upload to report, against a real process.
@Suite(.blocking, .serialized, .timeLimit(.minutes(15))) struct JobTests {
    @Test func fromUploadToReport() throws {
        let service = try Service()
        let file = try Samples.digits(30, in: service.folder)
        let upload = try service.curl("/v1/datasets/", "-T", file)
        // curl -T puts the file's name at the end of the path.
        #expect(upload.status == 201, "\(upload.text)")
        let dataset = try upload.json()
        #expect(dataset["name"] as? String == "digits")
        #expect(dataset["num_examples"] as? Int == 300)
        #expect((dataset["class_counts"] as? [String: [Int]])?["train"] == Array(repeating: 30, count: 10))
        #expect(upload.headers.lowercased().contains("location: /v1/datasets/ds_"))

        let submitted = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits"))
        #expect(submitted.status == 202, "\(submitted.text)")
        let job = try service.job("digits")
        #expect(job["state"] as? String == "succeeded", "\(job)")
        #expect((job["members"] as? [String: Int])?["succeeded"] == 4)
        #expect((job["model"] as? [String: Any])?["num_probes"] as? Int == 3)
        #expect((job["progress"] as? [String: Any])?["fraction"] as? Double == 1)
        #expect((job["trust"] as? [String: Any])?["level"] is String)
        let named = try service.curl("/v1/jobs/digits")
        #expect(named.headers.contains("/v1/jobs/\(job["id"] as? String ?? "")"))

        try rows(service)
        try filters(service)
        try events(service)
        try files(service)
        try example(service)
        let issues = try service.curl("/v1/jobs/digits/issues?length=5").json()
        #expect((issues["num_issues_total"] as? Int ?? -1) >= 0)
        #expect(issues["baseline"] is [String: Any])
        let summary = try service.curl("/v1/jobs/digits/summary").json()
        let accuracy = try #require((summary["accuracy"] as? [String: Any])?["heldout"] as? Double)
        #expect(accuracy > 0.5)
        #expect(try service.curl("/v1/jobs/digits/members").json()["members"] is [[String: Any]])
        #expect(service.stop() == 0, "SIGTERM ends it cleanly: \(service.log.suffix(500))")
    }

    private func filters(_ service: Service) throws {
        // As a person types it: raw signs, a space as it is encoded.
        let path = "/v1/jobs/digits/scores?where=consistency<0.5&orderby=-forgetting_rate&columns=*&length=1000"
        let page = try service.curl(path).json()
        let rows = (page["rows"] as? [[String: Any]] ?? []).compactMap { $0["row"] as? [String: Any] }
        #expect(page["num_rows_total"] as? Int == rows.count)
        #expect(rows.allSatisfy { ($0["consistency"] as? Double ?? 1) < 0.5 })
        let rates = rows.compactMap { $0["forgetting_rate"] as? Double }
        #expect(rates == rates.sorted(by: >))
        let rest = try service.curl("/v1/jobs/digits/scores?where=NOT%20consistency%3C0.5&length=1").json()
        #expect((rest["num_rows_total"] as? Int ?? 0) + rows.count == 300)

        let lines = try service.curl("/v1/jobs/digits/scores.jsonl?where=row_idx<7&columns=label").text
            .split(separator: "\n")
        #expect(lines.count == 7)
        #expect(lines.first?.hasPrefix("{\"row_idx\":0,\"source\":") == true)
        let file = service.folder + "/scores.csv.gz"
        try Data(service.curl("/v1/jobs/digits/scores.csv.gz").body).write(to: URL(fileURLWithPath: file))
        let unpacked = try Program.run("gzip", ["-dc", file])
        #expect(unpacked.code == 0)
        #expect(unpacked.output == (try service.curl("/v1/jobs/digits/scores.csv").body))

        let misspelt = try service.curl("/v1/jobs/digits/scores?where=consistncy<0.5")
        #expect(misspelt.status == 404)
        #expect(misspelt.text.contains("consistency") && misspelt.text.contains("character 1"))
        let broken = try service.curl("/v1/jobs/digits/scores?where=consistency<")
        #expect(broken.status == 400)
        #expect(try broken.json()["error_code"] as? String == "INVALID_FILTER")
    }

    private func events(_ service: Service) throws {
        // The job has ended, so both streams end at once.
        let lines = try service.curl("/v1/jobs/digits/events.txt").text.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("succeeded  4/4 networks"))
        let stream = try service.curl("/v1/jobs/digits/events").text
        #expect(stream.hasPrefix("event: end\nid: "))
        let id = try #require(stream.firstMatch(of: /id: (\w+)/)?.1)
        let again = try service.curl("/v1/jobs/digits/events", "-H", "Last-Event-ID: \(id)")
        // 204 tells a browser not to come back.
        #expect(again.status == 204 && again.text.isEmpty)
    }

    private func rows(_ service: Service) throws {
        let page = try service.curl(
            "/v1/jobs/digits/scores?orderby=-issue_score&length=7&columns=label,issue_score,consistency"
        ).json()
        #expect(page["num_rows_total"] as? Int == 300)
        let rows = try #require(page["rows"] as? [[String: Any]])
        let scores = rows.compactMap { ($0["row"] as? [String: Any])?["issue_score"] as? Double }
        #expect(scores.count == 7)
        #expect(scores == scores.sorted(by: >))
        // The pages of a whole walk hold every row once.
        var seen = Set<Int>()
        var next: String? = "/v1/jobs/digits/scores?orderby=consistency&length=90"
        while let path = next {
            let page = try service.curl(path).json()
            for row in page["rows"] as? [[String: Any]] ?? [] { seen.insert(row["row_idx"] as? Int ?? -1) }
            next = page["next"] as? String
        }
        #expect(seen == Set(0..<300))
        #expect(try service.curl("/v1/jobs/digits/scores?columns=no_such").status == 404)
        #expect(try service.curl("/v1/jobs/digits/scores?lenght=5").status == 400)
        #expect(try service.curl("/v1/jobs/digits/scores?length=1001").status == 400)
    }

    private func files(_ service: Service) throws {
        let csv = try service.curl("/v1/jobs/digits/scores.csv")
        let lines = csv.text.split(separator: "\r\n")
        #expect(lines.count == 301)
        #expect(lines[0].hasPrefix("row_idx,source,split,label,"))
        let archive = try NPZReader(bytes: service.curl("/v1/jobs/digits/scores.npz").body)
        #expect(try archive.array("consistency", as: Float.self).shape == [300])
        let column = try service.curl("/v1/jobs/digits/columns/consistency")
        #expect(column.body.count == 1_200)
        #expect(column.headers.lowercased().contains("etag:"))
        let probabilities = try service.curl("/v1/jobs/digits/heldout_probs.npy").body
        let (header, offset) = try NPYHeader.parse(probabilities)
        #expect(header.shape == [300, 10])
        let values = probabilities[offset...].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        for row in 0..<300 { #expect(abs(values[row * 10..<row * 10 + 10].reduce(0, +) - 1) < 1e-3) }
        let evidence = try service.curl("/v1/jobs/digits/members/0/evidence.npz")
        #expect(evidence.status == 200)
        let arrays = try NPZReader(bytes: evidence.body)
        #expect(try arrays.array("votes", as: UInt16.self).shape == [3, 300])
        #expect(try service.curl("/v1/jobs/digits/issues.csv").text.hasPrefix("rank,row_idx,source"))
    }

    private func example(_ service: Service) throws {
        let example = try service.curl("/v1/jobs/digits/examples/12").json()
        #expect(example["label"] as? String == "0" || example["label"] is String)
        #expect((example["why"] as? String)?.isEmpty == false)
        let probes = try #require(example["probes"] as? [[String: Any]])
        #expect(probes.map { $0["name"] as? String } == ["input", "hidden1", "softmax"])
        for probe in probes {
            let held = (probe["heldout_votes"] as? [String: Int])?.values.reduce(0, +)
            let trained = (probe["train_votes"] as? [String: Int])?.values.reduce(0, +)
            #expect(held == 2 && trained == 2)
        }
        #expect(((example["learning_curve"] as? [String: Any])?["epoch"] as? [Int]) == [1, 2, 3, 4])
        #expect((example["neighbors"] as? [[String: Any]])?.count == 6)
        let image = try service.curl("/v1/datasets/digits/examples/12/image?size=112")
        #expect(image.body.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(try service.curl("/v1/datasets/digits/thumbnails/0.png").body.prefix(4) == [0x89, 0x50, 0x4E, 0x47])
        #expect(try service.curl("/v1/jobs/digits/examples/300").status == 404)
    }

    @Test func numpyLoadsWhatWeServe() throws {
        guard Program.exists("python3"), try Program.run("python3", ["-c", "import numpy"]).code == 0 else {
            print("skipped: python3 with numpy is not here")
            return
        }
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        _ = try service.curl("/v1/jobs", "-d", Samples.smallJob("digits", epochs: 1))
        _ = try service.job("digits")
        for name in ["scores.npz", "members/1/evidence.npz"] {
            let file = "\(service.folder)/x.npz"
            try Data(service.curl("/v1/jobs/digits/\(name)").body).write(to: URL(fileURLWithPath: file))
            let script = "import numpy; a = numpy.load('\(file)'); print(sum(a[k].size for k in a.files) > 0)"
            #expect(String(decoding: try Program.run("python3", ["-c", script]).output, as: UTF8.self) == "True\n")
        }
    }

    @Test func trainingOptionsAreEchoedAndChecked() throws {
        let service = try Service()
        _ = try service.curl("/v1/datasets/", "-T", try Samples.digits(10, in: service.folder))
        let options = """
            {"dataset":"digits","model":{"name":"mlp","hidden":[16]},"ensemble":{"folds":2,"repeats":1},\
            "training":{"epochs":12,"schedule":"one_cycle","label_smoothing":0.1,\
            "augmentation":{"pad_crop":2,"flip":true}},"probes":{"k":5}}
            """
        let submitted = try service.curl("/v1/jobs", "-d", options)
        #expect(submitted.status == 202, "\(submitted.text)")
        let job = try service.job("digits") { _ in true }
        let training = try #require(job["training"] as? [String: Any])
        #expect(training["schedule"] as? String == "one_cycle")
        #expect(training["warmup_fraction"] as? Double == 0.3)
        #expect(training["label_smoothing"] as? Double == 0.1)
        let augmentation = try #require(training["augmentation"] as? [String: Any])
        #expect(augmentation["pad_crop"] as? Int == 2)
        #expect(augmentation["flip"] as? Bool == true)
        #expect(augmentation["cutout"] as? Int == 0)
        let codes = (job["warnings"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
        #expect(codes.contains("augmented_observations"))
        let done = try service.job("digits")
        #expect(done["state"] as? String == "succeeded", "\(done)")

        let wrong = try service.curl(
            "/v1/jobs",
            "-d",
            #"{"dataset":"digits","training":{"label_smoothing":1.5,"augmentation":{"pad_crop":40,"flips":true}}}"#
        )
        #expect(wrong.status == 422)
        #expect(wrong.text.contains("/training/augmentation/flips"))
        let large = try service.curl(
            "/v1/jobs",
            "-d",
            #"{"dataset":"digits","training":{"label_smoothing":1.5,"augmentation":{"pad_crop":40}}}"#
        )
        #expect(large.text.contains("/training/label_smoothing") && large.text.contains("pad_crop"), "\(large.text)")
    }
}
